// The proof that travels with a certificate: opens a tlog-proof and tells which entry it proves.
// A proof is anybody's to attach; it counts only under the roots in force, and may be as old as it likes.

import { equal, type Bytes } from "../bytes";
import { EvidenceRejected, KeysError, RegistryError } from "../errors";
import { type OpenedCheckpoint } from "../registry/checkpoint";
import { decodeEntry, type Entry } from "../registry/entries";
import { leafHash } from "../registry/merkle";
import { readReceipt, verifyReceipt, type Receipt } from "../registry/receipt";
import { type Evidence, type Logged } from "./evidence";

/** A credential entry, proven under the cosigned checkpoint that its proof carries. */
export interface Attached {
  readonly logged: Logged;
  readonly checkpoint: OpenedCheckpoint;
}

/** What `proof` proves under the roots of `evidence`; raises EvidenceRejected. */
export async function openAttached(proof: Bytes, evidence: Evidence): Promise<Attached> {
  const [receipt, opened, entry] = await opening(proof, evidence);
  if (entry.kind !== "credential") throw rejected("check.proof_of_another");
  const { size, root } = opened.checkpoint;
  const heads = await evidence.knownHeads();
  if (heads.some(([known, head]) => known === size && !equal(head, root))) throw rejected("check.log_forked");
  return { logged: { index: Number(receipt.index), entry }, checkpoint: opened };
}

async function opening(proof: Bytes, evidence: Evidence): Promise<readonly [Receipt, OpenedCheckpoint, Entry]> {
  try {
    const receipt = readReceipt(proof);
    const opened = await evidence.openedCheckpoint(receipt.checkpoint);
    verifyReceipt(receipt, leafHash(receipt.extra), opened.checkpoint);
    return [receipt, opened, decodeEntry(receipt.extra)];
  } catch (defect) {
    throw defect instanceof KeysError || defect instanceof RegistryError ? rejected(defect.code) : defect;
  }
}

const rejected = (defect: string) => new EvidenceRejected("proof", defect);
