// Which official host a foreign one could be taken for by an eye in a hurry. Pure; the same as verifier/lookalike.py.

import { foreignHost, nameOf } from "./hosts";

// Cyrillic and Greek letters and digits, each above the Latin letter that it passes for.
const THEIRS = "аеорсухіјѕһԁԛԝьмтнквαορνικτυεηωɡıɩ01358";
const LATIN = "aeopcyxijshdqwbmthkbaopviktuenwgiiolesb";
const ALIKE = new Map([...THEIRS].map((letter, at) => [letter, LATIN[at] as string]));

/** The first of `official` that the host of the web address `text` resembles; null for an official host, or none. */
export function looksLike(text: string, official: readonly string[]): string | null {
  const host = foreignHost(text, official);
  if (host === null) return null;
  const seen = skeleton(shown(host));
  return official.map((each) => nameOf(each).toLowerCase()).find((each) => /[a-z]/.test(each) && resembles(seen, skeleton(each))) ?? null;
}

/** The whole name stands in the other, or it is one letter off, or a label of it comes near the name's telling label. */
function resembles(seen: string, ours: string): boolean {
  if (seen.includes(ours) || distance(seen, ours) <= 1) return true;
  const telling = ours.split(".").find((each) => each.length >= 5);
  if (telling === undefined) return false;
  return [...seen.split("."), ...seen.split(/[.-]/)].some((each) => distance(each, telling) <= (telling.length >= 8 ? 2 : 1));
}

/** What is left of a name for an eye in a hurry. */
function skeleton(host: string): string {
  const plainer = host.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return [...plainer].map((each) => ALIKE.get(each) ?? each).join("").replace(/rn/g, "m").replace(/vv/g, "w").replace(/i/g, "l");
}

/** The letters behind xn--…: what a careless scanner would show. */
function shown(host: string): string {
  return host.split(".").map((label) => (label.startsWith("xn--") ? (punycode(label.slice(4)) ?? label) : label)).join(".");
}

/** RFC 3492, section 6.2; null for what is no Punycode. */
function punycode(label: string): string | null {
  const split = label.lastIndexOf("-");
  const letters = [...(split > 0 ? label.slice(0, split) : "")].map((each) => each.charCodeAt(0));
  let [point, place, bias] = [128, 0, 72];
  for (let at = split > 0 ? split + 1 : 0; at < label.length; ) {
    const before = place;
    for (let weight = 1, step = 36; ; step += 36) {
      const digit = "abcdefghijklmnopqrstuvwxyz0123456789".indexOf(label.charAt(at++) || " ");
      if (digit < 0) return null;
      place += digit * weight;
      const least = step <= bias ? 1 : step >= bias + 26 ? 26 : step - bias;
      if (digit < least) break;
      weight *= 36 - least;
    }
    const many = letters.length + 1;
    bias = adapted(place - before, many, before === 0);
    point += Math.floor(place / many);
    if (point > 0x10ffff) return null;
    place %= many;
    letters.splice(place++, 0, point);
  }
  return String.fromCodePoint(...letters);
}

function adapted(delta: number, many: number, first: boolean): number {
  let rest = Math.floor(delta / (first ? 700 : 2));
  rest += Math.floor(rest / many);
  let bias = 0;
  for (; rest > 455; bias += 36) rest = Math.floor(rest / 35);
  return bias + Math.floor((36 * rest) / (rest + 38));
}

/** How many letters were changed, left out, put in or swapped. */
function distance(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let y = 1; y <= one.length; y += 1) {
    const row = [y];
    const above = rows[y - 1] as number[];
    for (let x = 1; x <= other.length; x += 1) {
      const same = one[y - 1] === other[x - 1];
      let least = Math.min((above[x - 1] as number) + (same ? 0 : 1), (above[x] as number) + 1, (row[x - 1] as number) + 1);
      if (y > 1 && x > 1 && one[y - 1] === other[x - 2] && one[y - 2] === other[x - 1]) least = Math.min(least, ((rows[y - 2] as number[])[x - 2] as number) + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return (rows[one.length] as number[])[other.length] as number;
}
