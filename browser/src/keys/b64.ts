// base64url without padding and padded base64, each in its one canonical spelling (RFC 4648 §4 and §5).

import { type Bytes } from "../bytes";
import { KeysError } from "../errors";

const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE = STANDARD.replace("+/", "-_");
const VALUE_URL = new Map([...URL_SAFE].map((character, value) => [character, value]));
const VALUE_STANDARD = new Map([...STANDARD].map((character, value) => [character, value]));

export function b64u(data: Uint8Array): string {
  return encoded(data, URL_SAFE);
}

/** The bytes of a canonical base64url text; raises keys.base64_not_canonical. */
export function unb64u(text: string): Bytes {
  const data = decoded(text, VALUE_URL);
  if (data === null) throw new KeysError("keys.base64_not_canonical");
  return data;
}

export function b64(data: Uint8Array): string {
  const text = encoded(data, STANDARD);
  return text + "=".repeat(-text.length & 3);
}

/** The bytes of canonical, padded standard base64; null for anything else. */
export function unb64(text: string): Bytes | null {
  const bare = text.replace(/={1,2}$/, "");
  return text.length % 4 === 0 && bare.length + (-bare.length & 3) === text.length ? decoded(bare, VALUE_STANDARD) : null;
}

function encoded(data: Uint8Array, alphabet: string): string {
  let text = "";
  for (let at = 0; at < data.length; at += 3) {
    const left = data.length - at;
    const bits = ((data[at] as number) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
    const four = [bits >> 18, (bits >> 12) & 63, (bits >> 6) & 63, bits & 63];
    for (const value of four.slice(0, left >= 3 ? 4 : left + 1)) text += alphabet[value];
  }
  return text;
}

function decoded(text: string, values: ReadonlyMap<string, number>): Bytes | null {
  if (text.length % 4 === 1) return null;
  const data = new Uint8Array((text.length * 3) >> 2);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of text) {
    const value = values.get(character);
    if (value === undefined) return null;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      data[at++] = (bits >> held) & 0xff;
    }
  }
  return bits & ((1 << held) - 1) ? null : data; // stray bits in the last character
}
