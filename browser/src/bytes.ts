// Bytes: joined, compared, spelled in hexadecimal, and turned into text and whole numbers. Pure.

export type Bytes = Uint8Array<ArrayBuffer>;

const HEX = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const EMPTY: Bytes = new Uint8Array(0);

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

export function hex(data: Uint8Array): string {
  return Array.from(data, (byte) => HEX[byte]).join("");
}

export function fromHex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function utf8(text: string): Bytes {
  return ENCODER.encode(text) as Bytes;
}

/** The text that `data` spells in strict UTF-8, null for anything else. A byte order mark stays a character. */
export function fromUtf8(data: Uint8Array): string | null {
  try {
    return DECODER.decode(data);
  } catch {
    return null;
  }
}

/** The text of ASCII bytes, null where a byte is none. */
export function fromAscii(data: Uint8Array): string | null {
  return data.every((byte) => byte < 0x80) ? DECODER.decode(data) : null;
}

/** The bytes of an ASCII text, null where a character is none. */
export function ascii(text: string): Bytes | null {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return null;
    bytes[at] = unit;
  }
  return bytes;
}

/** How many characters (code points) a text has, as Python counts them. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The first `count` characters (code points) of a text. */
export function firstCharacters(text: string, count: number): string {
  return [...text].slice(0, count).join("");
}

/** A big-endian number of at most six bytes. */
export function bigEndian(data: Uint8Array): number {
  return data.reduce((value, byte) => value * 256 + byte, 0);
}
