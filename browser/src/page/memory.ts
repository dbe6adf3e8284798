// Remembers the newest log and lists seen, for one root of trust; nothing of any certificate. Where nothing can be kept,
// nothing is: a browser without storage verifies like one on its first visit.

import { fromHex, hex } from "../bytes";
import { type Roots } from "../keys/roots";
import { isCount } from "../keys/strictjson";
import { GROUND, type Floor } from "../verifier/floor";

const name = (roots: Roots) => `hallmark.seen.${roots.log.ed25519.kid}`;

/** The floor that was kept for this root of trust; the ground where there is none or it cannot be read. */
export function recalled(roots: Roots): Floor {
  try {
    const { size, root, versions } = JSON.parse(localStorage.getItem(name(roots)) ?? "{}") as Record<string, unknown>;
    const numbers = [size, ...Object.values(versions as object)];
    return typeof root === "string" && numbers.every((each) => isCount(each)) ? { size: size as number, root: fromHex(root), versions: versions as Floor["versions"] } : GROUND;
  } catch {
    return GROUND;
  }
}

/** The newest version of the roots document that was seen, 0 for none. */
export function rootsSeen(roots: Roots): number {
  return recalled(roots).versions["roots"] ?? 0;
}

export function keep(roots: Roots, floor: Floor): void {
  const versions = { ...floor.versions, roots: Math.max(roots.version, rootsSeen(roots)) };
  try {
    localStorage.setItem(name(roots), JSON.stringify({ size: floor.size, root: hex(floor.root), versions }));
  } catch {
    // private browsing, or no room left
  }
}
