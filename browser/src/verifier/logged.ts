// Step 6: is it logged, and where. Only a proven entry counts, and only proof counts against.

import { equal, type Bytes } from "../bytes";
import { type Presented } from "../credentials/envelope";
import { EvidenceGap, EvidenceMissing, EvidenceRejected } from "../errors";
import { ENDED, statusAt } from "../registry/statuslist";
import { openAttached, type Attached } from "./attached";
import { stale, type Case } from "./case";
import { type Logged } from "./evidence";
import { STEP, type Finding } from "./verdict";

export type Position = readonly [number | null, readonly Finding[]];

/** The proven log index, if any, and step 6's findings (reported in their place, needed by step 4).
 *
 * The published log is asked first, for it alone can speak against a certificate that brings a proof; what it leaves open
 * the attached proof may close.
 */
export async function logPosition(presented: Presented, each: Case): Promise<Position> {
  let logged: Logged | null = null;
  let leftOpen = unknown("check.log_pending");
  try {
    logged = await provenEntry(presented, each);
  } catch (gap) {
    if (!(gap instanceof EvidenceGap)) throw gap;
    leftOpen = logGap(gap);
  }
  if (logged !== null) return matched(logged, presented, each, "check.logged");
  if (each.proof === null) return [null, [(await neverIssued(presented, each)) ?? leftOpen]];
  try {
    each.attached = await attachedTo(each.proof, presented, each);
  } catch (rejected) {
    if (!(rejected instanceof EvidenceRejected)) throw rejected;
    const useless = unknown("check.proof_rejected", rejected.params);
    return [null, [(await neverIssued(presented, each)) ?? leftOpen, useless]];
  }
  return matched(each.attached.logged, presented, each, "check.logged_by_proof");
}

/** Hold the slot's proven entry against the form in hand. */
function matched(logged: Logged, presented: Presented, each: Case, passed: string): Position {
  const { entry, index } = logged;
  const ours = equal(entry.kid8, presented.kid8) && equal(presented.form === "qr" ? entry.qr : entry.doc, presented.digest);
  if (!ours) return [null, [failed("check.other_digest_logged", { index })]];
  each.logged = logged;
  const issued = presented.credential.issuedAt;
  if (Math.abs(entry.t - issued) > each.policy.backdatingLimit) each.warn(STEP.logged, "check.iat_far_from_log_time", { issued, logged: entry.t });
  return [index, [{ step: STEP.logged, outcome: "pass", code: passed, params: {} }]];
}

/** The attached proof, if it proves an entry of this certificate's slot; raises EvidenceRejected. */
async function attachedTo(proof: Bytes, { credential }: Presented, { evidence }: Case): Promise<Attached> {
  const attached = await openAttached(proof, evidence);
  const { list, index } = attached.logged.entry;
  if (list !== credential.status.list || index !== credential.status.index) throw new EvidenceRejected("proof", "check.proof_of_another");
  return attached;
}

/** The proven entry of this certificate's slot; null when the newest checkpoint does not reach it yet. */
async function provenEntry(presented: Presented, { evidence }: Case): Promise<Logged | null> {
  const { list, index } = presented.credential.status;
  await evidence.checkpoint();
  const hinted = evidence.hinted(list, index);
  if (hinted === null || hinted >= (await evidence.logView()).size) return null;
  const logged = await evidence.logged(hinted);
  if (logged === null || logged.entry.list !== list || logged.entry.index !== index) throw new EvidenceRejected("hints", "check.hint_misleads");
  return logged;
}

function logGap(gap: EvidenceGap): Finding {
  return unknown(gap instanceof EvidenceMissing ? "check.log_evidence_absent" : "check.log_evidence_rejected", gap.params);
}

/** Proof that the slot was never issued: a fresh, logged list that is much younger than `iat` and knows no event. */
async function neverIssued({ credential }: Presented, each: Case): Promise<Finding | null> {
  const { list, index } = credential.status;
  try {
    const status = await each.evidence.status(list);
    if (statusAt(status, index) !== ENDED || (await each.evidence.events(list, index)).length > 0) return null;
    if (stale(status, each) || status.iat <= credential.issuedAt + each.policy.unissuedGrace) return null;
    return failed("check.slot_never_issued", { list_time: status.iat });
  } catch (gap) {
    if (gap instanceof EvidenceGap) return null;
    throw gap;
  }
}

function unknown(code: string, params: Finding["params"] = {}): Finding {
  return { step: STEP.logged, outcome: "unknown", code, params };
}

function failed(code: string, params: Finding["params"]): Finding {
  return { step: STEP.logged, outcome: "fail", code, params, result: "not_logged" };
}
