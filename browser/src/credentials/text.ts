// What may stand as text and as a person's name on a certificate. Pure.

import { characters } from "../bytes";

// What Python's str.isspace and \s mean by white space; JavaScript's \s differs.
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const STRIPPED = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, "g");

// No control, bidirectional, invisible, private-use, surrogate or unassignable characters, no space at either end.
const BARRED =
  "\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff0-\\uffff\\ud800-\\udfff\\ue000-\\uf8ff\\u{e0000}-\\u{10ffff}";
const MAX_TEXT = 100;
const TEXT = new RegExp(`^[^${SPACE}${BARRED}](?:[^\\u3000${BARRED}]{0,${MAX_TEXT - 2}}[^${SPACE}${BARRED}])?$`, "u");

// Han characters of all blocks; 〇 is written in names.
const HAN =
  "〇\\u3400-\\u4dbf\\u4e00-\\u9fff\\ufa0e\\ufa0f\\ufa11\\ufa13\\ufa14\\ufa1f\\ufa21\\ufa23\\ufa24\\ufa27-\\ufa29\\u{20000}-\\u{2fffd}\\u{30000}-\\u{3fffd}";
const PLAIN_NAME = new RegExp(`^[${HAN}]{1,${MAX_TEXT}}$`, "u");
const NAME = new RegExp(`^(?:\\p{L}|[${HAN}])(?:[ \\-'.·]|\\p{L}|\\p{M}|[${HAN}])*$`, "u");
// Letters that the normal form spells otherwise: full-width ones, apostrophes, a middle dot.
const RESPELLED = /[\uff21-\uff3a\uff41-\uff5a\u02bc\u02b9\ua78f]/;
const SPACED = new RegExp(`^ | $|  | ·|· |[${HAN}] [${HAN}]`, "u");

/** `text` without white space at its ends, as Python cuts it. */
export function strip(text: string): string {
  return text.replace(STRIPPED, "");
}

/** 1 to 100 visible characters in NFC, no space at either end. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && TEXT.test(value) && value.normalize("NFC") === value;
}

/** A person's name in normal form (docs/formats.md, section 3.4). */
export function isName(value: unknown): value is string {
  if (typeof value !== "string") return false;
  if (PLAIN_NAME.test(value)) return true;
  const spelled = NAME.test(value) && !RESPELLED.test(value) && !SPACED.test(value);
  return spelled && characters(value) <= MAX_TEXT && value.normalize("NFC") === value;
}
