// Reads the five kinds of log entry: deterministic CBOR arrays whose first item is their type (docs/formats.md, section 5.1).

import { characters, type Bytes } from "../bytes";
import { KeysError, RegistryError } from "../errors";
import { decode as decodeCbor, isBytes, type Cbor } from "../keys/cbor";
import { isCount } from "../keys/strictjson";

const MAX_ENTRY_BYTES = 1024;
const MAX_TIME = 2 ** 40 - 1;
const MAX_NUMBER = 2 ** 32 - 1;
const LAST_SLOT = 2 ** 17 - 1;
const ACTIONS = ["enrol", "rotate", "retire", "compromise"];

export interface CredentialEntry {
  readonly kind: "credential";
  readonly t: number;
  readonly kid8: Bytes;
  readonly list: number;
  readonly index: number;
  readonly qr: Bytes;
  readonly doc: Bytes;
}

export interface StatusEntry {
  readonly kind: "status";
  readonly t: number;
  readonly list: number;
  readonly index: number;
  readonly old: number;
  readonly new: number;
  readonly effectiveAt: number;
  readonly commitment: Bytes;
}

export interface ListEntry {
  readonly kind: "list";
  readonly t: number;
  readonly name: string;
  readonly version: number;
  readonly digest: Bytes;
  readonly extra: Bytes;
}

export type Entry = CredentialEntry | StatusEntry | ListEntry | { readonly kind: "key" | "roots" };

const invalid = (reason: string) => new RegistryError("registry.entry_invalid", { reason });

/** The entry that `body` spells; raises registry.entry_invalid for anything that the writer would not have written. */
export function decodeEntry(body: Bytes): Entry {
  const items = itemsOf(body);
  const read = READERS[items[0] as number];
  if (read === undefined || items.length !== read.length) throw invalid("type or length");
  const entry = read.reader(items);
  if (entry === null) throw invalid("item");
  return entry;
}

function itemsOf(body: Bytes): readonly Cbor[] {
  try {
    const items = decodeCbor(body, MAX_ENTRY_BYTES);
    if (Array.isArray(items) && typeof items[0] === "number") return items as readonly Cbor[];
  } catch (defect) {
    if (!(defect instanceof KeysError)) throw defect;
    throw invalid("encoding");
  }
  throw invalid("form");
}

type Reader = (items: readonly Cbor[]) => Entry | null;

const READERS: Readonly<Record<number, { readonly length: number; readonly reader: Reader }>> = {
  1: { length: 7, reader: credential },
  2: { length: 8, reader: status },
  3: { length: 6, reader: list },
  4: { length: 6, reader: key },
  5: { length: 4, reader: ([, t, version, digest]) => (isTime(t) && isNumber(version) && isBytes(digest, 32) ? { kind: "roots" } : null) },
};

function credential([, t, kid8, list, index, qr, doc]: readonly Cbor[]): Entry | null {
  const slot = isTime(t) && isNumber(list) && isSlot(index);
  return slot && isBytes(kid8, 8) && isBytes(qr, 32) && isBytes(doc, 32) ? { kind: "credential", t, kid8, list, index, qr, doc } : null;
}

function status([, t, list, index, old, now, effectiveAt, commitment]: readonly Cbor[]): Entry | null {
  const slot = isTime(t) && isNumber(list) && isSlot(index);
  const change = isCount(old, 3) && isCount(now, 3) && old !== now;
  return slot && change && isTime(effectiveAt) && isBytes(commitment, 32) ? { kind: "status", t, list, index, old, new: now, effectiveAt, commitment } : null;
}

function list([, t, name, version, digest, extra]: readonly Cbor[]): Entry | null {
  const sized = isBytes(extra, 0) || isBytes(extra, 32);
  return isTime(t) && isNumber(version) && isName(name) && isBytes(digest, 32) && sized ? { kind: "list", t, name, version, digest, extra } : null;
}

function key([, t, action, bodyCode, thumbprint, boundary]: readonly Cbor[]): Entry | null {
  const bounded = action === "compromise" ? isWhole(boundary) : boundary === null;
  return isTime(t) && ACTIONS.includes(action as string) && bounded && isName(bodyCode) && isBytes(thumbprint, 32) ? { kind: "key" } : null;
}

const isTime = (value: unknown): value is number => isCount(value, MAX_TIME);
const isNumber = (value: unknown): value is number => isCount(value, MAX_NUMBER);
const isSlot = (value: unknown): value is number => isCount(value, LAST_SLOT);
const isWhole = (value: unknown) => isCount(value) || (typeof value === "bigint" && value > 0n && value < 1n << 63n);

function isName(value: unknown): value is string {
  return typeof value === "string" && /^[\x20-\x7e]+$/.test(value) && characters(value) <= 64;
}
