// CBOR (RFC 8949) of plain types: integers, bytes, text, true, false, null, arrays, maps. Pure.
//
// `decode` takes the deterministic encoding only (§4.2.1). `decodeUnordered` takes what the Python reader takes before it
// writes the value again: other key orders, longer heads, surplus bytes. It is for a caller who does write it again.

import { concat, fromUtf8, hex, utf8, type Bytes } from "../bytes";
import { KeysError } from "../errors";

/** A value that we never write: a float, undefined, another simple value. */
export class Foreign {}

export type Key = number | bigint | string | Bytes;
export type Cbor = null | boolean | number | bigint | string | Bytes | Foreign | readonly Cbor[] | CborMap;

/** A map by the encoding of its keys; `get` takes whole numbers. */
export class CborMap {
  private readonly held = new Map<string, Cbor>();
  readonly encodedKeys: Bytes[] = [];

  /** False when the key stands there already. */
  add(key: Cbor, value: Cbor): boolean {
    const name = nameOf(key);
    if (this.held.has(name)) return false;
    this.held.set(name, value);
    this.encodedKeys.push(encode(key));
    return true;
  }

  get(key: number): Cbor | undefined {
    return this.held.get(`n${key}`);
  }

  has(key: number): boolean {
    return this.held.has(`n${key}`);
  }

  get size(): number {
    return this.held.size;
  }

  entries(): (readonly [Bytes, Cbor])[] {
    return [...this.held.values()].map((value, at) => [this.encodedKeys[at] as Bytes, value] as const);
  }
}

const MAX_DEPTH = 8;
const malformed = () => new KeysError("keys.cbor_malformed", { reason: "encoding" });

/** The value of a deterministic encoding; raises keys.too_large or keys.cbor_malformed. */
export function decode(data: Uint8Array, maxBytes = 4096): Cbor {
  return new Decoder(data, maxBytes, true).whole();
}

/** What `data` holds, whatever its spelling; sound only for a caller who compares his own encoding with `data`. */
export function decodeUnordered(data: Uint8Array, maxBytes = 4096): Cbor {
  return new Decoder(data, maxBytes, false).whole();
}

class Decoder {
  private at = 0;

  constructor(
    private readonly data: Uint8Array,
    maxBytes: number,
    private readonly strict: boolean,
  ) {
    if (data.length > maxBytes) throw new KeysError("keys.too_large", { limit: maxBytes, size: data.length });
  }

  whole(): Cbor {
    const value = this.item(MAX_DEPTH);
    if (this.strict && this.at !== this.data.length) throw malformed();
    return value;
  }

  private byte(): number {
    const value = this.data[this.at++];
    if (value === undefined) throw malformed();
    return value;
  }

  private item(depth: number): Cbor {
    const head = this.byte();
    const major = head >> 5;
    if (major === 7) return this.simple(head & 31);
    const argument = this.argument(head & 31);
    if (major === 0) return argument;
    if (major === 1) return typeof argument === "bigint" || argument === Number.MAX_SAFE_INTEGER ? -1n - BigInt(argument) : -1 - argument;
    if (major === 6 || typeof argument === "bigint") throw malformed();
    if (major < 4) return this.string(major, argument);
    if (depth === 0) throw malformed();
    return major === 4 ? this.array(argument, depth) : this.map(argument, depth);
  }

  private argument(info: number): number | bigint {
    if (info < 24) return info;
    if (info > 27) throw malformed();
    const size = 1 << (info - 24);
    let value = 0n;
    for (let left = size; left > 0; left--) value = (value << 8n) | BigInt(this.byte());
    const least = size === 1 ? 24n : 1n << BigInt(size * 4);
    if (this.strict && value < least) throw malformed();
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  private string(major: number, length: number): Cbor {
    const end = this.at + length;
    if (end > this.data.length) throw malformed();
    const raw = this.data.slice(this.at, end);
    this.at = end;
    if (major === 2) return raw;
    const text = fromUtf8(raw);
    if (text === null) throw malformed();
    return text;
  }

  private array(length: number, depth: number): Cbor {
    const items: Cbor[] = [];
    for (let left = length; left > 0; left--) items.push(this.item(depth - 1));
    return items;
  }

  private map(length: number, depth: number): Cbor {
    const map = new CborMap();
    let last: Bytes | null = null;
    for (let left = length; left > 0; left--) {
      const key = this.item(depth - 1);
      if (this.strict && !isKey(key)) throw malformed();
      if (!map.add(key, this.item(depth - 1))) throw malformed();
      const encoded = map.encodedKeys[map.encodedKeys.length - 1] as Bytes;
      if (this.strict && last !== null && !before(last, encoded)) throw malformed();
      last = encoded;
    }
    return map;
  }

  private simple(info: number): Cbor {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22) return null;
    if (this.strict || info > 27) throw malformed();
    if (info === 24 && this.byte() < 32) throw malformed();
    if (info > 24) for (let left = 1 << (info - 24); left > 0; left--) this.byte();
    return new Foreign();
  }
}

function isKey(key: Cbor): boolean {
  return typeof key === "number" || typeof key === "bigint" || typeof key === "string" || key instanceof Uint8Array;
}

function nameOf(key: Cbor): string {
  if (typeof key === "number" || typeof key === "bigint") return `n${key}`;
  if (typeof key === "string") return `t${key}`;
  return `x${hex(encode(key))}`;
}

/** Keys stand in the order of their encoded bytes. */
function before(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    if (a[at] !== b[at]) return (a[at] as number) < (b[at] as number);
  }
  return a.length < b.length;
}

/** The shortest encoding, maps in the order in which they were made: deterministic where that order is. */
export function encode(value: Cbor): Bytes {
  if (typeof value === "number" || typeof value === "bigint") return value < 0 ? head(1, -1n - BigInt(value)) : head(0, BigInt(value));
  if (typeof value === "boolean") return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (value === null) return Uint8Array.of(0xf6);
  if (typeof value === "string") {
    const raw = utf8(value);
    return concat(head(3, BigInt(raw.length)), raw);
  }
  if (value instanceof Uint8Array) return concat(head(2, BigInt(value.length)), value);
  if (value instanceof CborMap) return concat(head(5, BigInt(value.size)), ...value.entries().flatMap(([key, inner]) => [key, encode(inner)]));
  if (value instanceof Foreign) return Uint8Array.of(0xf7);
  return concat(head(4, BigInt(value.length)), ...value.map(encode));
}

/** A map of whole numbers to values, in this order; members without a value are left out. */
export function mapOf(members: Iterable<readonly [number, Cbor | undefined]>): CborMap {
  const map = new CborMap();
  for (const [label, value] of members) if (value !== undefined) map.add(label, value);
  return map;
}

function head(major: number, argument: bigint): Bytes {
  if (argument < 24n) return Uint8Array.of((major << 5) | Number(argument));
  const size = argument < 1n << 8n ? 1 : argument < 1n << 16n ? 2 : argument < 1n << 32n ? 4 : 8;
  const bytes = new Uint8Array(1 + size);
  bytes[0] = (major << 5) | (24 + Math.log2(size));
  for (let at = size; at > 0; at--) {
    bytes[at] = Number(argument & 0xffn);
    argument >>= 8n;
  }
  return bytes;
}

/** The items of an array of exactly so many, else null. */
export function itemsOf(value: Cbor, length: number): readonly Cbor[] | null {
  return Array.isArray(value) && value.length === length ? (value as readonly Cbor[]) : null;
}

/** True for a byte string, of exactly this length where one is named. */
export function isBytes(value: unknown, length?: number): value is Bytes {
  return value instanceof Uint8Array && (length === undefined || value.length === length);
}
