// The floor: the newest log and lists a verifier has accepted, below which it accepts nothing. Pure.

import { EMPTY, type Bytes } from "../bytes";

/** `root` is empty where no log was ever accepted; `versions` are those of lists, by name. */
export interface Floor {
  readonly size: number;
  readonly root: Bytes;
  readonly versions: Readonly<Record<string, number>>;
}

export const GROUND: Floor = { size: 0, root: EMPTY, versions: {} };

/** The higher of both, for the log and for every list. */
export function raised(floor: Floor, seen: Floor): Floor {
  const versions = { ...floor.versions };
  for (const [name, version] of Object.entries(seen.versions)) versions[name] = Math.max(version, floor.versions[name] ?? 0);
  const higher = seen.size > floor.size || (seen.size === floor.size && floor.root.length === 0 && seen.root.length > 0);
  const head = higher ? seen : floor;
  return { size: head.size, root: head.root, versions };
}
