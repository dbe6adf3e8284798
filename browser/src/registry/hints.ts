// Tells where in the log a slot's certificate entry may stand: 4,096 slots a file, 5 bytes a slot. Never evidence.

import { bigEndian } from "../bytes";
import { RegistryError } from "../errors";

export const SLOTS_PER_BLOCK = 4096;
const BYTES_PER_SLOT = 5;

/** The log index that the file of this slot's block hints at, or null. */
export function lookup(hints: Uint8Array, slot: number): number | null {
  if (hints.length !== SLOTS_PER_BLOCK * BYTES_PER_SLOT) throw new RegistryError("registry.hints_invalid", { reason: "length" });
  const at = (slot % SLOTS_PER_BLOCK) * BYTES_PER_SLOT;
  const value = bigEndian(hints.subarray(at, at + BYTES_PER_SLOT));
  return value ? value - 1 : null;
}
