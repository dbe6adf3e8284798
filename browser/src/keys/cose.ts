// COSE_Sign1 (RFC 9052 §4.2) in one strict form: untagged, ES256, an 8-byte kid, nothing unprotected. Pure.

import { concat, equal, fromHex, hex, utf8, type Bytes } from "../bytes";
import { KeysError } from "../errors";
import { CborMap, decode, encode, isBytes, type Cbor } from "./cbor";

const MAX_BYTES = 4096;
const START = fromHex("844da201260448"); // array(4), bytes(13), {1: -7, 4: bytes(8)}
const CONTEXT = concat(Uint8Array.of(0x84), encode("Signature1"));

/** A COSE_Sign1 as read, not yet verified: protected header bytes, kid (8 bytes), payload, signature (64). */
export interface Sign1 {
  readonly protectedHeader: Bytes;
  readonly kid8: Bytes;
  readonly payload: Bytes;
  readonly signature: Bytes;
}

/** The parts of a sealed token; raises what keys.cose of the Python room raises. */
export function read1(data: Bytes): Sign1 {
  const size = data.length;
  if (size > MAX_BYTES) throw new KeysError("keys.too_large", { limit: MAX_BYTES, size });
  if (!equal(data.subarray(0, 7), START) || size < 17 || data[15] !== 0xa0) throw diagnosed(data);
  const [start, length] = payloadHead(data);
  const end = start + length;
  if (data[end] !== 0x58 || data[end + 1] !== 0x40 || size !== end + 66) throw malformed("length");
  return {
    protectedHeader: data.slice(2, 15),
    kid8: data.slice(7, 15),
    payload: data.slice(start, end),
    signature: data.slice(end + 2),
  };
}

/** The bytes that are signed (RFC 9052 §4.4). */
export function sigStructure(sealed: Sign1, externalAad: string): Bytes {
  return concat(CONTEXT, encode(sealed.protectedHeader), encode(utf8(externalAad)), encode(sealed.payload));
}

const malformed = (reason: string) => new KeysError("keys.cose_malformed", { reason });

/** Where the payload's content starts, and how long it says it is. */
function payloadHead(data: Bytes): readonly [number, number] {
  const [first, second, third] = [data[16] as number, data[17], data[18]];
  if (first >= 0x40 && first < 0x58) return [17, first - 0x40];
  if (first === 0x58 && second !== undefined && second >= 24) return [18, second];
  if (first === 0x59 && second && third !== undefined) return [19, (second << 8) | third];
  throw malformed("payload");
}

function diagnosed(data: Bytes): KeysError {
  const first = data[0] ?? 0;
  if (first >= 0xc0 && first < 0xe0) return new KeysError("keys.cose_tagged", { tag: hex(data.subarray(0, 4)) });
  try {
    const whole = decode(data, MAX_BYTES);
    if (!Array.isArray(whole) || whole.length !== 4) return malformed("structure");
    const algorithm = protectedAlgorithm(whole[0] as Cbor);
    if (algorithm === null) return malformed("structure");
    return algorithm ? new KeysError("keys.cose_header_not_allowed") : new KeysError("keys.algorithm_not_allowed");
  } catch {
    return malformed("encoding");
  }
}

/** Whether a protected header names ES256 or nothing; null where it is no header. */
function protectedAlgorithm(header: Cbor): boolean | null {
  if (isEmpty(header)) return true;
  if (!isBytes(header)) return null;
  const labels = decode(header);
  return labels instanceof CborMap ? !labels.has(1) || labels.get(1) === -7 : null;
}

function isEmpty(value: Cbor): boolean {
  if (value instanceof CborMap) return value.size === 0;
  return value === null || value === false || value === 0 || (typeof value === "object" && "length" in value && value.length === 0) || value === "";
}
