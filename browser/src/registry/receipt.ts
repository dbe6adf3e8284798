// Reads a proof that one entry is logged (c2sp.org/tlog-proof) and checks it. Whose signatures count is `checkpoint`'s question.

import { EMPTY, fromAscii, type Bytes } from "../bytes";
import { RegistryError } from "../errors";
import { unb64 } from "../keys/b64";
import { type Checkpoint } from "./checkpoint";
import { HASH_BYTES, verifyInclusion } from "./merkle";

const MAX_PROOF = 63;
const MAX_EXTRA_BYTES = 64 * 1024;
const MAX_BYTES = 128 * 1024 + 2 * MAX_EXTRA_BYTES;
const MAX_SIZE = (1n << 63n) - 1n;
const FIRST_LINE = "c2sp.org/tlog-proof@v1";

export interface Receipt {
  readonly index: bigint;
  readonly proof: readonly Bytes[];
  readonly checkpoint: Bytes;
  readonly extra: Bytes;
}

const invalid = (reason: string) => new RegistryError("registry.receipt_invalid", { reason });

/** Read a receipt; raises registry.receipt_invalid. Verifies nothing. */
export function readReceipt(raw: Bytes): Receipt {
  const blank = raw.findIndex((byte, at) => byte === 0x0a && raw[at + 1] === 0x0a);
  if (blank < 0 || blank + 2 >= raw.length || raw.length > MAX_BYTES) throw invalid("form");
  const head = fromAscii(raw.subarray(0, blank));
  if (head === null) throw invalid("line");
  const lines = head.split("\n");
  if (lines.shift() !== FIRST_LINE) throw invalid("first line");
  const extra = lines[0]?.startsWith("extra ") ? bytesOf((lines.shift() as string).slice(6)) : EMPTY;
  const index = indexOf(lines.shift() ?? "");
  const proof = lines.slice(0, MAX_PROOF + 1).map(bytesOf);
  const sound = index <= MAX_SIZE && proof.length <= MAX_PROOF && proof.every((hash) => hash.length === HASH_BYTES);
  if (!sound || extra.length > MAX_EXTRA_BYTES) throw invalid("index, proof or extra");
  return { index, proof, checkpoint: raw.slice(blank + 2), extra };
}

/** Check that the leaf hash stands at the receipt's index under a checkpoint that the caller has opened. */
export function verifyReceipt(receipt: Receipt, leaf: Uint8Array, checkpoint: Checkpoint): void {
  verifyInclusion(receipt.index, BigInt(checkpoint.size), leaf, receipt.proof, checkpoint.root);
}

function bytesOf(line: string): Bytes {
  const bytes = unb64(line);
  if (bytes === null) throw invalid("line");
  return bytes;
}

function indexOf(line: string): bigint {
  const digits = /^index (0|[1-9][0-9]{0,18})$/.exec(line)?.[1];
  if (digits === undefined) throw invalid("index line");
  return BigInt(digits);
}
