// SHA-256, at once rather than by a promise: proving one tile takes 255 hashes of 65 bytes.

import { sha256 as hash } from "@noble/hashes/sha2.js";
import { concat, type Bytes } from "../bytes";

export function sha256(...parts: readonly Uint8Array[]): Bytes {
  return hash(parts.length === 1 ? (parts[0] as Uint8Array) : concat(...parts)) as Bytes;
}
