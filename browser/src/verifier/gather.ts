// Gathers evidence: fetches published files and judges nothing. Every file asked for serves 256 certificates or more.

import { type Bytes } from "../bytes";
import { type Presented } from "../credentials/envelope";
import { EvidenceGap, EvidenceMissing, RegistryError } from "../errors";
import { openRoots, type Roots } from "../keys/roots";
import { SLOTS_PER_BLOCK } from "../registry/hints";
import * as paths from "../registry/paths";
import { bundlePath, countAt, partialTiles, tilePath, WIDTH } from "../registry/tiles";
import { Evidence } from "./evidence";
import { type Floor } from "./floor";
import { type Policy } from "./policy";

/** Reads one published path; null where there is none or it cannot be had now. */
export type Read = (path: string) => Promise<Bytes | null>;

const MAX_FETCHES = 200;
const REFRESH = 30;
const PARTIAL = /^(tile\/.+)\.p\/([0-9]{1,3})$/;
const IMMUTABLE = /^(?:tile\/|lists\/[a-z0-9-]+\/.+\.json$|roots\/)/;

/** Walk from the document that the page pins to the newest one that is published; that it has expired is for `check` to say. */
export async function newestRoots(read: Read, pinned: Bytes): Promise<Roots> {
  let trusted = await openRoots(pinned, null);
  for (;;) {
    const data = await read(paths.rootsPath(trusted.version + 1));
    if (data === null) return trusted;
    trusted = await openRoots(data, trusted);
  }
}

/** Evidence from one source under one root of trust, kept while it is fresh enough. Times are UNIX seconds. */
export class Gatherer {
  private readonly held = new Map<string, Bytes>();
  private readonly under = new Map<string, Promise<Bytes | null>>();
  private freshUntil = 0;

  constructor(
    private readonly read: Read,
    private readonly policy: Policy,
  ) {}

  /** Begin to fetch what any check of `presented` will need, before the roots are known. */
  expect({ credential }: Presented, now: number): void {
    this.dropStale(now);
    const { list, index } = credential.status;
    const block = Math.floor(index / SLOTS_PER_BLOCK);
    const first = [paths.CHECKPOINT, paths.listPath("trust"), paths.statusPath(list), paths.statusProofPath(list)];
    for (const path of [...first, paths.hintsPath(list, block), paths.eventsLeavesPath(list)]) void this.fetched(path);
  }

  /** Evidence with everything in it that a check of `presented` can use and the source has. */
  async evidenceFor(presented: Presented | null, roots: Roots, floor: Floor, now: number): Promise<Evidence> {
    const evidence = new Evidence(roots, this.held, this.policy, floor);
    if (presented === null) return evidence;
    this.expect(presented, now);
    await this.settle();
    for (let wanted = new Set<string>(), tried = 0; tried < MAX_FETCHES; tried += wanted.size) {
      const missing = await missingFrom(evidence, presented, floor);
      wanted = new Set(missing.filter((path) => !this.held.has(path) && !this.under.has(path)));
      if (wanted.size === 0) break;
      await Promise.all([...wanted].map((path) => this.fetched(path)));
      await this.settle();
    }
    return evidence;
  }

  /** Wait for what is under way, and hold what came. A path is asked for once. */
  private async settle(): Promise<void> {
    for (const [path, coming] of this.under) {
      const data = await coming;
      if (data !== null) this.held.set(path, data);
    }
  }

  private fetched(path: string): Promise<Bytes | null> {
    const known = this.held.get(path);
    if (known) return Promise.resolve(known);
    const coming = this.under.get(path) ?? this.readOrCut(path);
    this.under.set(path, coming);
    return coming;
  }

  /** A partial tile may be gone once its tile is full; its beginning is the same bytes. A full bundle serves as it is. */
  private async readOrCut(path: string): Promise<Bytes | null> {
    const data = await this.read(path);
    const [, fullPath, width] = PARTIAL.exec(path) ?? [];
    if (data !== null || fullPath === undefined) return data;
    const full = await this.read(fullPath);
    return full === null || path.startsWith("tile/entries/") ? full : full.slice(0, 32 * Number(width));
  }

  /** Forget mutable files that are due, all together: a checkpoint and lists belong to one moment. */
  private dropStale(now: number): void {
    if (now < this.freshUntil && now >= this.freshUntil - REFRESH) return;
    this.freshUntil = now + REFRESH;
    this.under.clear();
    for (const path of [...this.held.keys()]) if (!IMMUTABLE.test(path)) this.held.delete(path);
  }
}

/** The paths that a check may ask for and that are not in hand, as far as they can be told by now. */
async function missingFrom(evidence: Evidence, presented: Presented, floor: Floor): Promise<readonly string[]> {
  const { list, index } = presented.credential.status;
  const touches = [
    () => evidence.issuerOf(presented.kid8),
    () => evidence.trustLogged(),
    () => evidence.logView(),
    () => evidence.status(list),
    () => evidence.events(list, index),
    () => entryOf(evidence, presented),
  ];
  const missing = await Promise.all(touches.map(missingPath));
  return [...missing.filter((path): path is string => path !== null), ...(await foreseen(evidence, presented, floor))];
}

async function missingPath(touch: () => Promise<unknown>): Promise<string | null> {
  try {
    await touch();
    return null;
  } catch (gap) {
    if (gap instanceof EvidenceMissing) return gap.path;
    if (gap instanceof EvidenceGap || gap instanceof RegistryError) return null;
    throw gap;
  }
}

async function entryOf(evidence: Evidence, { credential }: Presented): Promise<void> {
  const hinted = evidence.hinted(credential.status.list, credential.status.index);
  if (hinted !== null && hinted < (await evidence.logView()).size) await evidence.logged(hinted);
}

/** The tiles and the bundle that the proofs take, so that they are fetched side by side. */
async function foreseen(evidence: Evidence, { credential }: Presented, floor: Floor): Promise<readonly string[]> {
  try {
    const index = evidence.hinted(credential.status.list, credential.status.index);
    const { size } = (await evidence.checkpoint()).checkpoint;
    const seen = floor.size < size ? partialTiles(floor.size).flatMap(([level, n]) => tilesUp(level, n, size)) : [];
    return index === null || index >= size ? seen : [...seen, ...entryPaths(index, size)];
  } catch (gap) {
    if (gap instanceof EvidenceGap) return [];
    throw gap;
  }
}

function entryPaths(index: number, size: number): readonly string[] {
  const bundle = Math.floor(index / WIDTH);
  const edge = partialTiles(size).map((tile) => tilePath(...tile));
  return [bundlePath(bundle, Math.min(WIDTH, size - bundle * WIDTH)), ...edge, ...tilesUp(0, bundle, size)];
}

/** A full tile and the full ones above it, up to the right edge. */
function tilesUp(level: number, n: number, size: number): readonly string[] {
  const full = n < countAt(size, level + 1);
  return full ? [tilePath(level, n), ...tilesUp(level + 1, Math.floor(n / WIDTH), size)] : [];
}
