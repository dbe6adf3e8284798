// Says why a status changed and since when, and what the status was at a moment (docs/formats.md, section 7). Pure.

import { bigEndian, characters, concat, equal, type Bytes } from "../bytes";
import { KeysError, RegistryError } from "../errors";
import { decode, isBytes, itemsOf, type Cbor } from "../keys/cbor";
import { read1 } from "../keys/cose";
import { sha256 } from "../keys/sha256";
import { isCount } from "../keys/strictjson";
import { decodeEntry, type Entry, type StatusEntry } from "./entries";
import { SLOTS_PER_BLOCK } from "./hints";
import { ENDED, SUPERSEDED, SUSPENDED, VALID } from "./statuslist";

export const FILES_PER_LIST = 32;
const SALT_BYTES = 16;
const MAX_FILE_BYTES = 1 << 24;
const MAX_RECORD_BYTES = 0xffff;
const MAX_TEXT = 500;
const MAX_TIME = 2 ** 40 - 1;

interface Event {
  readonly status: number;
  readonly follows: readonly number[];
  readonly pastStands: boolean;
}

const LIVE = [VALID, SUSPENDED, SUPERSEDED];
const EVENTS: ReadonlyMap<string, Event> = new Map([
  ["rescinded", { status: ENDED, follows: LIVE, pastStands: false }],
  ["cancelled", { status: ENDED, follows: LIVE, pastStands: true }],
  ["revoked", { status: ENDED, follows: LIVE, pastStands: true }],
  ["transferred", { status: ENDED, follows: LIVE, pastStands: true }],
  ["suspended", { status: SUSPENDED, follows: [VALID], pastStands: true }],
  ["reinstated", { status: VALID, follows: [SUSPENDED], pastStands: true }],
  ["superseded", { status: SUPERSEDED, follows: [VALID, SUSPENDED], pastStands: true }],
]);
// Where a detail was erased the new status still tells the event, except for the four that end a certificate.
const EVENT_OF_STATUS: ReadonlyMap<number, string> = new Map([
  [VALID, "reinstated"],
  [SUSPENDED, "suspended"],
  [SUPERSEDED, "superseded"],
]);

/** One status entry of the log with its sealed detail, null where that was erased. */
export interface EventRecord {
  readonly logIndex: number;
  readonly change: StatusEntry;
  readonly detail: Bytes | null;
}

/** A slot's status at a moment, the event that set it, since when, and the successor's number where it names one. */
export interface StateAt {
  readonly status: number;
  readonly event: string | null;
  readonly since: number | null;
  readonly successor: string | null;
}

const invalid = (reason: string) => new RegistryError("registry.event_invalid", { reason });
const forged = (reason: string) => new RegistryError("registry.detail_forged", { reason });

/** The records of an event file; raises registry.event_invalid or registry.detail_forged. */
export function decodeEvents(data: Bytes): readonly EventRecord[] {
  if (data.length > MAX_FILE_BYTES) throw invalid("file too long");
  const records: EventRecord[] = [];
  for (let at = 0; at < data.length; ) {
    const start = at + 2;
    at = start + bigEndian(data.subarray(start - 2, start));
    if (start > data.length || at > data.length) throw invalid("file cut short");
    records.push(readRecord(data.slice(start, at)));
  }
  requireOneBlock(records);
  return records;
}

function readRecord(packed: Bytes): EventRecord {
  const items = itemsOf(asEvent(() => decode(packed, MAX_RECORD_BYTES)), 4);
  const [logIndex, entry, salt, detail] = items ?? [];
  const optional = [salt, detail].every((each) => each === null || isBytes(each));
  if (!isCount(logIndex, MAX_TIME) || !isBytes(entry) || !optional) throw invalid("record");
  const change = readChange(entry);
  if (change.kind !== "status" || (salt === null) !== (detail === null)) throw invalid("record");
  if (isBytes(detail) && isBytes(salt)) requireCommitted(salt, detail, change);
  return { logIndex, change, detail: isBytes(detail) ? detail : null };
}

function readChange(entry: Bytes): Entry {
  try {
    return decodeEntry(entry);
  } catch (defect) {
    throw defect instanceof RegistryError ? invalid(defect.code) : defect;
  }
}

function requireCommitted(salt: Bytes, detail: Bytes, change: StatusEntry): void {
  if (salt.length !== SALT_BYTES) throw invalid("salt length");
  if (!equal(sha256(concat(salt, detail)), change.commitment)) throw forged("not what the log committed to");
}

function asEvent<Read>(read: () => Read): Read {
  try {
    return read();
  } catch (defect) {
    throw defect instanceof KeysError ? invalid(defect.code) : defect;
  }
}

function requireOneBlock(records: readonly EventRecord[]): void {
  const blocks = new Set(records.map(({ change }) => `${change.list}/${Math.floor(change.index / SLOTS_PER_BLOCK)}`));
  if (blocks.size > 1) throw invalid("records of several files");
  records.forEach((record, at) => {
    if (at > 0 && (records[at - 1] as EventRecord).logIndex >= record.logIndex) throw invalid("records out of log order");
  });
}

interface Detail {
  readonly event: string;
  readonly successor: string | null;
}

/** The detail, checked to speak of this entry's slot, status and time. */
function openDetail(sealed: Bytes, change: StatusEntry): Detail {
  const items = itemsOf(asEvent(() => decode(read1(sealed).payload)), 8);
  if (items === null || !items.slice(0, 3).every((item) => isCount(item, MAX_TIME))) throw invalid("detail");
  if (!items.slice(3, 7).every(isString) || !(items[7] === null || isString(items[7]))) throw invalid("detail");
  const [list, index, effectiveAt, event, ...texts] = items as [number, number, number, string, ...(string | null)[]];
  const successor = texts[3] ?? null;
  const meant = EVENTS.get(event);
  if (meant === undefined || texts.some((text) => characters(text ?? "") > MAX_TEXT)) throw invalid("detail");
  if ((event === "superseded") !== Boolean(successor)) throw invalid("successor");
  if (list !== change.list || index !== change.index || effectiveAt !== change.effectiveAt) throw forged("detail of another change");
  if (meant.status !== change.new) throw forged("event does not set this status");
  return { event, successor };
}

const isString = (value: Cbor | undefined) => typeof value === "string";

/** The name of a record's event; null where the detail was erased or does not hold. */
export function eventOf({ change, detail }: EventRecord): string | null {
  try {
    return detail && openDetail(detail, change).event;
  } catch (defect) {
    if (defect instanceof RegistryError) return null;
    throw defect;
  }
}

/** One issued slot's state at `at` (UNIX seconds), or its present one for null; `records` in log order. */
export function stateAt(records: readonly EventRecord[], at: number | null): StateAt {
  requireChain(records);
  let state: StateAt = { status: VALID, event: null, since: null, successor: null };
  for (const record of records) {
    const told = toldBy(record);
    const event = told.event === null ? undefined : EVENTS.get(told.event);
    if (at === null || record.change.effectiveAt <= at || (event && !event.pastStands)) state = told;
    else if (event === undefined) throw new RegistryError("registry.detail_erased", { log_index: record.logIndex });
  }
  return state;
}

function toldBy({ change, detail }: EventRecord): StateAt {
  const since = change.effectiveAt;
  if (detail === null) return { status: change.new, event: EVENT_OF_STATUS.get(change.new) ?? null, since, successor: null };
  const { event, successor } = openDetail(detail, change);
  return { status: change.new, event, since, successor };
}

function requireChain(records: readonly EventRecord[]): void {
  let status = VALID;
  let last = -1;
  const first = records[0]?.change;
  for (const { change, logIndex } of records) {
    const same = change.list === first?.list && change.index === first.index;
    if (logIndex <= last || !same || change.old !== status) throw new RegistryError("registry.events_inconsistent", { log_index: logIndex });
    const allowed = [...EVENTS.values()].some((event) => event.status === change.new && event.follows.includes(change.old));
    if (!allowed) throw new RegistryError("registry.transition_refused", { old: change.old, new: change.new });
    status = change.new;
    last = logIndex;
  }
}
