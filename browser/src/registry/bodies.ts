// Reads a trust shard: issuing bodies, what their committees may award, and their keys (docs/formats.md, section 9.1).

import { characters, type Bytes } from "../bytes";
import { isDay, type Window } from "../calendar";
import { KeysError, RegistryError } from "../errors";
import { type PublicKey } from "../keys/algorithms";
import { fromJwk } from "../keys/jwk";
import { isCount, loads, membersOf, type Json, type JsonObject } from "../keys/strictjson";

const MAX_SHARD_BYTES = 8 << 20;
const MAX_TEXT = 200;
const WORDS = ["职称", "职业资格", "博士后"];
const AUTHORITY = ["body_code", "committee", "series", "specialty", "level", "region", "filing_no", "valid_from", "valid_until"] as const;

export interface Body {
  readonly code: string;
  readonly name: string;
  readonly nameEn: string;
  readonly kinds: readonly string[];
  readonly suspended: readonly Suspension[];
}

/** Days on which a body or a committee may award nothing, and the document that says so. */
export interface Suspension extends Window {
  readonly documentNo: string;
}

/** What one committee of a body may award; the first and the last day as YYYY-MM-DD, both included. */
export type Authority = Readonly<Record<(typeof AUTHORITY)[number], string>> & { readonly suspended: readonly Suspension[] };

/** A body's key and its place in the log. */
export interface IssuerKey {
  readonly publicKey: PublicKey;
  readonly bodyCode: string;
  readonly opened: number;
  readonly closed: number | null;
  readonly boundary: number | null;
}

export interface Shard {
  readonly keys: readonly IssuerKey[];
  readonly bodies: readonly Body[];
  readonly authorities: readonly Authority[];
}

/** Raise registry.trust_invalid unless it holds. */
export function requireTrust(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new RegistryError("registry.trust_invalid", { reason });
}

export async function readShard(shard: Bytes): Promise<Shard> {
  const whole = membersOf(await trustOf(() => loads(shard, { maxBytes: MAX_SHARD_BYTES })), ["keys", "bodies", "authorities"]);
  requireTrust(whole !== null, "members");
  const keys = await trustOf(() => Promise.all(rows(whole, "keys").map(readKey)));
  return { keys, bodies: rows(whole, "bodies").map(readBody), authorities: rows(whole, "authorities").map(readAuthority) };
}

async function trustOf<Read>(read: () => Read | Promise<Read>): Promise<Read> {
  try {
    return await read();
  } catch (defect) {
    throw defect instanceof KeysError ? new RegistryError("registry.trust_invalid", { reason: defect.code }) : defect;
  }
}

function rows(whole: JsonObject, name: string): readonly Json[] {
  const listed = whole.get(name);
  requireTrust(Array.isArray(listed), name);
  return listed as readonly Json[];
}

async function readKey(value: Json): Promise<IssuerKey> {
  const held = membersOf(value, ["jwk", "body_code", "opened", "closed", "boundary", "state"]);
  requireTrust(held !== null, "members");
  const jwk = held.get("jwk");
  requireTrust(jwk instanceof Map, "jwk");
  const publicKey = await fromJwk(jwk as JsonObject);
  const [bodyCode, opened, closed, boundary, state] = ["body_code", "opened", "closed", "boundary", "state"].map((name) => held.get(name));
  requireTrust([opened, ...[closed, boundary].filter((each) => each !== null)].every((each) => isCount(each)), "key index");
  requireTrust(publicKey.algorithm === "ES256", "key algorithm");
  requireTrust(isText(bodyCode) && ["active", "retired", "compromised"].includes(state as string), "key state");
  requireTrust((state === "active") === (closed === null), "key closing");
  requireTrust((state === "compromised") === (boundary !== null), "key boundary");
  return { publicKey, bodyCode, opened: opened as number, closed: closed as number | null, boundary: boundary as number | null };
}

function readBody(value: Json): Body {
  const held = withSuspensions(value, ["code", "name", "name_en", "kinds"]);
  const [code, name, nameEn, kinds] = [held.get("code"), held.get("name"), held.get("name_en"), held.get("kinds")];
  requireTrust(Array.isArray(kinds) && kinds.every((kind) => isText(kind as Json) && WORDS.includes(kind as string)), "kinds");
  requireTrust(isText(code) && isText(name) && isText(nameEn), "body");
  return { code, name, nameEn, kinds: kinds as readonly string[], suspended: suspensions(held) };
}

/** The members of a row, with `suspended` where it says something. */
function withSuspensions(value: Json, names: readonly string[]): JsonObject {
  const told = value instanceof Map && value.has("suspended");
  const held = membersOf(value, told ? [...names, "suspended"] : names);
  requireTrust(held !== null, "members");
  return held;
}

function suspensions(row: JsonObject): readonly Suspension[] {
  const listed = row.get("suspended");
  if (listed === undefined) return [];
  requireTrust(Array.isArray(listed) && listed.length > 0, "suspended");
  return (listed as readonly Json[]).map(readSuspension);
}

function readSuspension(value: Json): Suspension {
  const held = membersOf(value, ["first", "last", "document_no"]);
  requireTrust(held !== null, "members");
  const [first, last, documentNo] = [held.get("first"), held.get("last"), held.get("document_no")];
  requireTrust(typeof first === "string" && isDay(first) && (last === null || (typeof last === "string" && isDay(last))), "date");
  requireTrust((last === null || first <= last) && isText(documentNo), "suspension");
  return { first, last, documentNo };
}

function readAuthority(value: Json): Authority {
  const held = withSuspensions(value, AUTHORITY);
  requireTrust(AUTHORITY.every((name) => isText(held.get(name))), "authority");
  const texts = Object.fromEntries(AUTHORITY.map((name) => [name, held.get(name) as string])) as Omit<Authority, "suspended">;
  const authority: Authority = { ...texts, suspended: suspensions(held) };
  requireTrust(isDay(authority.valid_from) && isDay(authority.valid_until), "date");
  requireTrust(authority.valid_from <= authority.valid_until, "authority dates");
  return authority;
}

function isText(value: Json | undefined): value is string {
  return typeof value === "string" && (value.length <= MAX_TEXT || characters(value) <= MAX_TEXT);
}
