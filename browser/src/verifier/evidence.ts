// Evidence: the published, signed artifacts in hand, opened and proven once. Fetches nothing and knows no clock.
// What it was not handed it names (EvidenceMissing); what does not hold it rejects (EvidenceRejected). Both are UNKNOWN.

import { equal, hex, type Bytes } from "../bytes";
import { EvidenceGap, EvidenceMissing, EvidenceRejected, KeysError, RegistryError } from "../errors";
import { type Roots } from "../keys/roots";
import { type Body, type IssuerKey } from "../registry/bodies";
import { openCheckpoint, type Checkpoint, type OpenedCheckpoint } from "../registry/checkpoint";
import { decodeEntry, type CredentialEntry, type ListEntry } from "../registry/entries";
import { decodeEvents, FILES_PER_LIST, type EventRecord } from "../registry/events";
import { lookup, SLOTS_PER_BLOCK } from "../registry/hints";
import { openList, type PublishedList } from "../registry/lists";
import { LogView } from "../registry/logview";
import { leafHash, rootOfPacked } from "../registry/merkle";
import * as paths from "../registry/paths";
import { readReceipt, verifyReceipt } from "../registry/receipt";
import { openStatusList, type StatusList } from "../registry/statuslist";
import { bundlePath, decodeBundle, rootAt, tilePath, WIDTH } from "../registry/tiles";
import { TrustList } from "../registry/trust";
import { GROUND, type Floor } from "./floor";
import { type Policy } from "./policy";

/** A trusted key and its body, with the trust list that says so. */
export interface Issuer {
  readonly key: IssuerKey;
  readonly body: Body;
  readonly trust: TrustList;
}

/** A credential entry proven under the checkpoint, and where it stands. */
export interface Logged {
  readonly index: number;
  readonly entry: CredentialEntry;
}

const MAX_VERSION = 2 ** 32 - 1;
const NO_EVENTS = leafHash(new Uint8Array(0));

export class Evidence {
  private readonly opened = new Map<string, Promise<unknown>>();
  private readonly accepted: { checkpoint?: Checkpoint; versions: Record<string, number> } = { versions: {} };
  private readonly threshold: number;
  private view: LogView | null = null;
  /** Whether the log in hand does not begin with the one seen before; null while that was not told. */
  private forked: boolean | null = null;

  constructor(
    readonly roots: Roots,
    private readonly held: ReadonlyMap<string, Bytes>,
    policy: Policy,
    private readonly floor: Floor = GROUND,
  ) {
    this.threshold = Math.max(policy.witnessThreshold, roots.witnessThreshold);
  }

  /** What was accepted here so far. */
  seen(): Floor {
    const { checkpoint: head, versions } = this.accepted;
    if (this.forked) return GROUND; // a branch that was refused must not become what is believed from now on
    const unproven = head && this.forked === null && this.floor.size > 0 && this.floor.size < head.size;
    return head && !unproven ? { size: head.size, root: head.root, versions } : { ...GROUND, versions };
  }

  private raw(path: string): Bytes {
    const data = this.held.get(path);
    if (data === undefined) throw new EvidenceMissing(path);
    return data;
  }

  /** Open what is held at `path` once; a rejection is remembered like a result, a gap is not. */
  private async once<Opened>(path: string, open: (data: Bytes) => Opened | Promise<Opened>): Promise<Opened> {
    const known = this.opened.get(path);
    if (known) return known as Promise<Opened>;
    const data = this.raw(path);
    const opening = rejecting(path, () => open(data));
    this.opened.set(path, opening);
    try {
      return await opening;
    } catch (defect) {
      if (defect instanceof EvidenceMissing) this.opened.delete(path);
      throw defect;
    }
  }

  /** The newest checkpoint, signed by the log and cosigned as the roots demand; refuses a smaller log. */
  async checkpoint(): Promise<OpenedCheckpoint> {
    const opened = await this.once(paths.CHECKPOINT, (note) => this.openNewest(note));
    this.accepted.checkpoint = opened.checkpoint;
    return opened;
  }

  private async openNewest(note: Bytes): Promise<OpenedCheckpoint> {
    const opened = await this.openedCheckpoint(note);
    const { size, root } = opened.checkpoint;
    if (size < this.floor.size) throw new EvidenceRejected(paths.CHECKPOINT, "check.log_shrank");
    const forked = size === this.floor.size && this.floor.root.length > 0 && !equal(this.floor.root, root);
    if (forked) throw new EvidenceRejected(paths.CHECKPOINT, "check.log_forked");
    return opened;
  }

  /** Any checkpoint, old or new, signed and cosigned as the roots demand. */
  openedCheckpoint(note: Bytes): Promise<OpenedCheckpoint> {
    return openCheckpoint(note, this.roots.log, this.roots.witnesses, this.threshold);
  }

  /** Every head of the log that was accepted here: the newest in hand, and the floor. */
  async knownHeads(): Promise<readonly (readonly [number, Bytes])[]> {
    const known: [number, Bytes][] = this.floor.root.length > 0 ? [[this.floor.size, this.floor.root]] : [];
    try {
      const { size, root } = (await this.checkpoint()).checkpoint;
      known.push([size, root]);
    } catch (gap) {
      if (!(gap instanceof EvidenceGap)) throw gap;
    }
    return known;
  }

  private version(name: string): number {
    return this.floor.versions[name] ?? 0;
  }

  /** The trust list's manifest, signed by its publishers; refuses a rolled-back version. */
  async trust(): Promise<PublishedList> {
    const path = paths.listPath("trust");
    const opened = await this.once(path, (data) => openList(data, this.roots.purposes.trust, "trust"));
    if (opened.version < this.version("trust")) throw new EvidenceRejected(path, "check.list_rolled_back");
    this.accepted.versions["trust"] = opened.version;
    return opened;
  }

  /** Return when the trust list in hand is proven to stand in the log; two publishers alone could sign another one. */
  async trustLogged(): Promise<void> {
    const trust = await this.trust();
    if (trust.version > MAX_VERSION) throw new EvidenceRejected(paths.listPath("trust"), "registry.path_invalid");
    const path = paths.listProofPath("trust", trust.version);
    await this.once(path, async (proof) => {
      const { entry } = await this.openProof(path, proof, "check.list_not_logged");
      const same = entry.name === trust.name && entry.version === trust.version && equal(entry.digest, trust.digest);
      if (!same) throw new EvidenceRejected(path, "check.list_not_logged");
    });
  }

  /** The trusted body that owns the key, or null when the trust list proves that nobody does. */
  async issuerOf(kid8: Bytes): Promise<Issuer | null> {
    const manifest = await this.trust();
    if (manifest.version > MAX_VERSION) throw new EvidenceRejected(paths.listPath("trust"), "registry.path_invalid");
    const firstByte = kid8[0] as number;
    const path = paths.trustShardPath(manifest.version, firstByte);
    const trust = await this.once(path, (shard) => TrustList.fromManifest(manifest.content, firstByte, shard));
    const found = trust.issuerOf(kid8);
    return found && { key: found[0], body: found[1], trust };
  }

  /** The proven view of the newest checkpoint; its tiles are proven as they are needed.
   *
   * The tree must begin with the one seen before: who has seen one branch of a forked log refuses the other.
   */
  async logView(): Promise<LogView> {
    const { size, root } = (await this.checkpoint()).checkpoint;
    if (this.view === null) {
      const view = new LogView(size, root, (level, n, width) => this.raw(tilePath(level, n, width)));
      this.requireDescent(view);
      this.view = view;
    }
    return this.view;
  }

  private requireDescent(view: LogView): void {
    const { size, root } = this.floor;
    if (size === 0 || size >= view.size || root.length === 0 || this.forked === false) return;
    this.forked ??= this.isForked(view);
    if (this.forked) throw new EvidenceRejected(paths.CHECKPOINT, "check.log_forked");
  }

  private isForked(view: LogView): boolean {
    try {
      return !equal(rootAt(this.floor.size, (level, n) => view.tile(level, n)), this.floor.root);
    } catch (defect) {
      throw defect instanceof RegistryError ? new EvidenceRejected(paths.CHECKPOINT, defect.code) : defect;
    }
  }

  /** The log index that the hint file names for a slot. A hint is where to look, never evidence. */
  hinted(list: number, index: number): number | null {
    const block = this.raw(paths.hintsPath(list, Math.floor(index / SLOTS_PER_BLOCK)));
    try {
      return lookup(block, index);
    } catch (defect) {
      throw defect instanceof RegistryError ? new EvidenceRejected("hints", defect.code) : defect;
    }
  }

  /** The credential entry at `logIndex`, its bytes proven under the checkpoint; null for another kind. */
  async logged(logIndex: number): Promise<Logged | null> {
    const view = await this.logView();
    const body = await this.entry(logIndex, view.size);
    const path = bundlePath(Math.floor(logIndex / WIDTH));
    return rejecting(path, () => {
      if (!equal(view.leafHash(logIndex), leafHash(body))) throw new EvidenceRejected(path, "check.entry_not_in_tree");
      const entry = decodeEntry(body);
      return entry.kind === "credential" ? { index: logIndex, entry } : null;
    });
  }

  private async entry(logIndex: number, size: number): Promise<Bytes> {
    const number = Math.floor(logIndex / WIDTH);
    const bundle = await this.once(bundlePath(number, Math.min(WIDTH, size - number * WIDTH)), decodeBundle);
    const body = bundle[logIndex % WIDTH];
    if (body === undefined) throw new EvidenceRejected(bundlePath(number), "check.bundle_too_short");
    return body;
  }

  /** A status list, signed by the status key, its content proven to be logged. */
  async status(list: number): Promise<StatusList> {
    const opened = await this.once(paths.statusPath(list), (token) => this.openStatus(list, token));
    this.accepted.versions[`status/${list}`] = opened.version;
    return opened;
  }

  private async openStatus(list: number, token: Bytes): Promise<StatusList> {
    const status = await openStatusList(token, this.roots.purposes.status);
    const name = `status/${list}`;
    if (status.list !== list) throw new EvidenceRejected(name, "check.status_list_other");
    if (status.version < this.version(name)) throw new EvidenceRejected(name, "check.list_rolled_back");
    const path = paths.statusProofPath(list);
    const { index, entry } = await this.openProof(path, this.raw(path), "check.status_not_logged");
    const digests = equal(entry.digest, status.digest) && equal(entry.extra, status.eventsRoot);
    const named = index === status.entryIndex && entry.name === name && entry.version === status.version;
    if (!named || !digests) throw new EvidenceRejected(name, "check.status_not_logged");
    return status;
  }

  /** The log index and the list entry that a tlog-proof carries and proves; `defect` names any other entry. */
  private async openProof(path: string, proof: Bytes, defect: string): Promise<{ readonly index: number; readonly entry: ListEntry }> {
    const receipt = readReceipt(proof);
    const { checkpoint } = await this.openedCheckpoint(receipt.checkpoint);
    verifyReceipt(receipt, leafHash(receipt.extra), checkpoint);
    const entry = decodeEntry(receipt.extra);
    if (entry.kind !== "list") throw new EvidenceRejected(path, defect);
    return { index: Number(receipt.index), entry };
  }

  /** A slot's events, oldest first, from a file whose hash the logged status list commits to. */
  async events(list: number, index: number): Promise<readonly EventRecord[]> {
    const { block, leaf } = await this.eventFile(list, index);
    if (equal(leaf, NO_EVENTS)) return [];
    const path = paths.eventsPath(list, block);
    const records = await this.once(path, (data) => {
      if (!equal(leafHash(data), leaf)) throw new EvidenceRejected(path, "check.events_not_committed");
      return decodeEvents(data);
    });
    return records.filter((record) => record.change.index === index);
  }

  /** The block and the leaf hash of the event file that covers a slot, as the logged list commits to it. */
  async eventFile(list: number, index: number): Promise<{ readonly block: number; readonly leaf: Bytes }> {
    const block = Math.floor(index / SLOTS_PER_BLOCK);
    return { block, leaf: (await this.eventLeaves(list)).subarray(block * 32, block * 32 + 32) };
  }

  /** The hashes of the list's event files, proven by the root in the logged status list. */
  private async eventLeaves(list: number): Promise<Bytes> {
    const root = (await this.status(list)).eventsRoot;
    const path = paths.eventsLeavesPath(list);
    return this.once(path, (data) => {
      const whole = data.length === 32 * FILES_PER_LIST && hex(rootOfPacked(data)) === hex(root);
      if (!whole) throw new EvidenceRejected(path, "check.events_not_committed");
      return data;
    });
  }
}

/** Run an opener; a defect of what was handed in becomes a rejection of its path. */
async function rejecting<Opened>(path: string, open: () => Opened | Promise<Opened>): Promise<Opened> {
  try {
    return await open();
  } catch (defect) {
    if (defect instanceof KeysError || defect instanceof RegistryError) throw new EvidenceRejected(path, defect.code);
    throw defect;
  }
}
