// Hashes a Merkle tree and checks its proofs (RFC 6962 §2.1, RFC 9162 §2.1.3). Pure; ends at hashes.

import { concat, equal, type Bytes } from "../bytes";
import { RegistryError } from "../errors";
import { sha256 } from "../keys/sha256";

export const HASH_BYTES = 32;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
export const EMPTY_ROOT: Bytes = sha256(new Uint8Array(0));

export function leafHash(entry: Uint8Array): Bytes {
  return sha256(LEAF, entry);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Bytes {
  return sha256(NODE, left, right);
}

/** The root above hashes laid end to end; a node without a sibling moves up as it is. */
export function rootOfPacked(packed: Uint8Array): Bytes {
  if (packed.length === 0) return EMPTY_ROOT;
  let row = packed;
  while (row.length > HASH_BYTES) row = rowAbove(row);
  return row.slice() as Bytes;
}

function rowAbove(row: Uint8Array): Bytes {
  const pairs = Math.floor(row.length / 64);
  const above: Uint8Array[] = [];
  for (let at = 0; at < pairs * 64; at += 64) above.push(sha256(NODE, row.subarray(at, at + 64)));
  return concat(...above, row.subarray(pairs * 64));
}

export const proofInvalid = (reason: string) => new RegistryError("registry.proof_invalid", { reason });

/** Check that `leaf` stands at `index` of the tree of `size` leaves under `root`; raises registry.proof_invalid. */
export function verifyInclusion(index: bigint, size: bigint, leaf: Uint8Array, proof: readonly Uint8Array[], root: Uint8Array): void {
  if (index < 0n || index >= size) throw proofInvalid("index beyond the tree");
  if ([leaf, root, ...proof].some((hash) => hash.length !== HASH_BYTES)) throw proofInvalid("a hash is not 32 bytes long");
  let [node, last, computed] = [index, size - 1n, leaf];
  for (const sibling of proof) {
    if (last === 0n) throw proofInvalid("proof too long");
    if (node % 2n === 0n && node !== last) {
      computed = nodeHash(computed, sibling);
    } else {
      computed = nodeHash(sibling, computed);
      for (; node !== 0n && node % 2n === 0n; node >>= 1n) last >>= 1n; // a right edge without a sibling moves up unhashed
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n || !equal(computed, root)) throw proofInvalid("root differs");
}
