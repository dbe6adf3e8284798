// JSON without its ambiguities: what two readers could read differently is refused (RFC 8259, RFC 7493).
// JSON.parse would not do: it takes doubled members, rounds large numbers, and cannot tell 1 from 1.0.

import { fromUtf8, firstCharacters, utf8, type Bytes } from "../bytes";
import { KeysError } from "../errors";

export class Float {
  constructor(readonly value: number) {}
}

export type JsonObject = ReadonlyMap<string, Json>;
export type Json = null | boolean | number | bigint | Float | string | readonly Json[] | JsonObject;

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;
const PLAIN = /[^"\\\x00-\x1f]*/y;
const HEX4 = /[0-9a-fA-F]{4}/y;
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const MAX_INT_DIGITS = 4300;
const MAX_RECURSION = 900;

/** Return the value that a JSON text in UTF-8 stands for: objects as maps, whole numbers beyond 2^53 as bigint. */
export function loads(data: Uint8Array, { maxBytes = 1 << 20, maxDepth = 32 } = {}): Json {
  if (data.length > maxBytes) throw new KeysError("keys.too_large", { limit: maxBytes, size: data.length });
  const text = fromUtf8(data);
  if (text === null || text.startsWith("\ufeff")) throw malformed();
  const value = new Reader(text).whole(maxDepth);
  if (deeper(value, maxDepth)) throw tooDeep(maxDepth);
  if (text.includes("\\u") && holdsSurrogate(value)) throw malformed(); // only an escape can be half a pair
  return value;
}

/** Return the members of an object that has exactly these, else null. */
export function membersOf(value: Json | undefined, names: readonly string[]): JsonObject | null {
  const fits = value instanceof Map && value.size === names.length && names.every((name) => value.has(name));
  return fits ? (value as JsonObject) : null;
}

/** True for a whole number in the range; true and 1.0 are none. */
export function isCount(value: unknown, most: number = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === "number" && value >= 0 && value <= most;
}

const malformed = () => new KeysError("keys.json_malformed");
const tooDeep = (limit: number) => new KeysError("keys.json_too_deep", { limit });

class Reader {
  private at = 0;
  private depth = 0;
  private limit = 0;

  constructor(private readonly text: string) {}

  whole(limit: number): Json {
    this.limit = limit;
    this.match(SPACE);
    const value = this.value();
    this.match(SPACE);
    if (this.at !== this.text.length) throw malformed();
    return value;
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  private take(character: string): boolean {
    const found = this.text[this.at] === character;
    if (found) this.at++;
    return found;
  }

  private value(): Json {
    if (++this.depth > MAX_RECURSION) throw tooDeep(this.limit);
    const value = this.take('"') ? this.string() : this.take("{") ? this.object() : this.take("[") ? this.array() : this.plain();
    this.depth--;
    return value;
  }

  private plain(): Json {
    const word = this.match(WORD);
    if (word) return word[0] === "null" ? null : word[0] === "true";
    const found = this.match(NUMBER);
    if (!found) throw malformed();
    if (found[1] !== undefined || found[2] !== undefined) return this.float(Number(found[0]));
    if (found[0].length > MAX_INT_DIGITS) throw malformed();
    const whole = Number(found[0]);
    return Number.isSafeInteger(whole) ? whole + 0 : BigInt(found[0]);
  }

  private float(value: number): Float {
    if (!Number.isFinite(value)) throw malformed();
    return new Float(value);
  }

  private array(): Json {
    const items: Json[] = [];
    this.match(SPACE);
    if (this.take("]")) return items;
    for (;;) {
      this.match(SPACE);
      items.push(this.value());
      this.match(SPACE);
      if (this.take("]")) return items;
      if (!this.take(",")) throw malformed();
    }
  }

  private object(): Json {
    const names: string[] = [];
    const members = new Map<string, Json>();
    this.match(SPACE);
    if (!this.take("}")) {
      do {
        this.match(SPACE);
        if (!this.take('"')) throw malformed();
        const name = this.string();
        this.match(SPACE);
        if (!this.take(":")) throw malformed();
        this.match(SPACE);
        members.set(name, this.value());
        names.push(name);
        this.match(SPACE);
      } while (this.take(","));
      if (!this.take("}")) throw malformed();
    }
    if (members.size !== names.length) throw doubled(names);
    return members;
  }

  private string(): string {
    let text = "";
    for (;;) {
      text += this.match(PLAIN)?.[0] ?? "";
      if (this.take('"')) return text;
      if (!this.take("\\")) throw malformed();
      text += this.escaped();
    }
  }

  private escaped(): string {
    if (this.take("u")) {
      const code = this.match(HEX4);
      if (!code) throw malformed();
      return String.fromCharCode(parseInt(code[0], 16));
    }
    const meant = ESCAPES[this.text[this.at] ?? ""];
    if (meant === undefined) throw malformed();
    this.at++;
    return meant;
  }
}

function doubled(names: readonly string[]): KeysError {
  const member = names.find((name, at) => names.indexOf(name, at + 1) >= 0) ?? "";
  return new KeysError("keys.json_duplicate_member", { member: firstCharacters(member, 64) });
}

function inside(value: Json): readonly Json[] {
  return value instanceof Map ? [...value.values()] : Array.isArray(value) ? (value as readonly Json[]) : [];
}

function isContainer(value: Json): boolean {
  return value instanceof Map || Array.isArray(value);
}

function deeper(value: Json, limit: number): boolean {
  let level: readonly Json[] = [value];
  for (let round = 0; round < limit && level.length; round++) level = level.flatMap(inside).filter(isContainer);
  return level.length > 0;
}

function holdsSurrogate(value: Json): boolean {
  if (typeof value === "string") return /\p{Surrogate}/u.test(value);
  if (value instanceof Map) return [...value].some(([name, inner]) => holdsSurrogate(name) || holdsSurrogate(inner as Json));
  return Array.isArray(value) && value.some(holdsSurrogate);
}

/** Return compact UTF-8 JSON as the Python writer spells it: Chinese stays Chinese, members keep their order. */
export function dumps(value: Json): Bytes {
  return utf8(spelled(value));
}

function spelled(value: Json): string {
  if (value === null || typeof value === "boolean" || typeof value === "number") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Float) return spelledFloat(value.value);
  if (value instanceof Map) return `{${[...value].map(([name, inner]) => `${JSON.stringify(name)}:${spelled(inner as Json)}`).join(",")}}`;
  return `[${(value as readonly Json[]).map(spelled).join(",")}]`;
}

/** Python's repr: the same shortest digits as JavaScript's, but an exponent from 1e16 on and of two digits at least. */
function spelledFloat(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (power >= 16 || power < -4) return `${sign}${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  const plain = String(Math.abs(value));
  return sign + (plain.includes(".") ? plain : plain.includes("e") ? Math.abs(value).toFixed(-power + mantissa.replace(".", "").length - 1) : `${plain}.0`);
}
