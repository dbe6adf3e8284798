// The root of trust: which hosts, which log, which witnesses and which keys count, in signed and numbered versions.

import { KeysError } from "../errors";
import { type PublicKey } from "./algorithms";
import { fromJwk } from "./jwk";
import { readGeneral, requireSigned } from "./jws";
import { isCount, loads, membersOf, type Json, type JsonObject } from "./strictjson";

const TYP = "hallmark-roots+json";
const MAX_BYTES = 1 << 18;
const HOST = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?$/;
const NAME = /^[!-*,-~]{1,128}$/;
const MOST = 64;
const MAX_KEYS = 16;
const PURPOSES = ["trust", "status", "catalogue", "receipt", "bundle"] as const;

export type Purpose = (typeof PURPOSES)[number];

export interface KeySet {
  readonly keys: readonly PublicKey[];
  readonly threshold: number;
}

export interface Witness {
  readonly name: string;
  readonly ed25519: PublicKey;
}

export interface LogIdentity {
  readonly origin: string;
  readonly ed25519: PublicKey;
  readonly mlDsa44: PublicKey;
}

/** One version of the root of trust. Times are UNIX seconds. */
export interface Roots {
  readonly version: number;
  readonly issued: number;
  readonly expires: number;
  readonly test: boolean;
  readonly hosts: readonly string[];
  readonly log: LogIdentity;
  readonly witnesses: readonly Witness[];
  readonly witnessThreshold: number;
  readonly custodians: KeySet;
  readonly purposes: Readonly<Record<Purpose, KeySet>>;
}

/** The document's content when it is signed as it must be; with `trusted`, it must also be exactly the next version. */
export async function openRoots(data: Uint8Array, trusted: Roots | null): Promise<Roots> {
  const document = readGeneral(data, TYP, MAX_BYTES);
  const roots = await fromJson(document.payload);
  if (trusted !== null) {
    requireNext(roots, trusted);
    await requireSigned(document, trusted.custodians.keys, trusted.custodians.threshold);
  }
  await requireSigned(document, roots.custodians.keys, roots.custodians.threshold);
  return roots;
}

/** Follow newer documents from `trusted` to the last; that one must not have expired at `now`. */
export async function walkRoots(trusted: Roots, documents: readonly Uint8Array[], now: number): Promise<Roots> {
  for (const data of documents) trusted = await openRoots(data, trusted);
  if (now >= trusted.expires) throw new KeysError("keys.roots_expired", { version: trusted.version, expires: trusted.expires });
  return trusted;
}

function requireNext(roots: Roots, trusted: Roots): void {
  const versions = { version: roots.version, trusted: trusted.version };
  if (roots.version <= trusted.version) throw new KeysError("keys.roots_rollback", versions);
  if (roots.version > trusted.version + 1) throw new KeysError("keys.roots_skipped", versions);
  if (roots.test !== trusted.test) throw new KeysError("keys.roots_not_following", { member: "test" });
  if (roots.issued < trusted.issued) throw new KeysError("keys.roots_not_following", { member: "issued" });
}

function require(holds: boolean, member: string): void {
  if (!holds) throw new KeysError("keys.roots_malformed", { member });
}

function members(value: Json | undefined, names: string, member: string): JsonObject {
  const found = membersOf(value, names.split(" "));
  if (found === null) throw new KeysError("keys.roots_malformed", { member });
  return found;
}

function listed(value: Json | undefined, member: string): readonly Json[] {
  require(Array.isArray(value) && value.length <= MOST, member);
  return value as readonly Json[];
}

function text(value: Json | undefined, member: string): string {
  require(typeof value === "string", member);
  return value as string;
}

function count(value: Json | undefined, least: number, most: number, member: string): number {
  require(isCount(value, most) && value >= least, member);
  return value as number;
}

async function fromJson(payload: Uint8Array): Promise<Roots> {
  const whole = members(
    loads(payload, { maxBytes: MAX_BYTES, maxDepth: 6 }),
    "version issued expires test hosts log witnesses witness_threshold custodians purposes",
    "document",
  );
  require(typeof whole.get("test") === "boolean", "test");
  const purposes = members(whole.get("purposes"), PURPOSES.join(" "), "purposes");
  const keySets = await Promise.all(PURPOSES.map(async (purpose) => [purpose, await keySet(purposes.get(purpose))] as const));
  const witnesses = await Promise.all(listed(whole.get("witnesses"), "witnesses").map(witness));
  const issued = count(whole.get("issued"), 0, Number.MAX_SAFE_INTEGER, "issued");
  const roots: Roots = {
    version: count(whole.get("version"), 1, 2 ** 32 - 1, "version"),
    issued,
    expires: count(whole.get("expires"), issued + 1, 2 ** 40 - 1, "expires"),
    test: whole.get("test") as boolean,
    hosts: listed(whole.get("hosts"), "hosts").map((host) => text(host, "hosts")),
    log: await log(whole.get("log")),
    witnesses,
    witnessThreshold: count(whole.get("witness_threshold"), 1, witnesses.length, "witness_threshold"),
    custodians: await keySet(whole.get("custodians")),
    purposes: Object.fromEntries(keySets) as Record<Purpose, KeySet>,
  };
  requireSound(roots);
  return roots;
}

function requireSound(roots: Roots): void {
  require(roots.hosts.length >= 1 && new Set(roots.hosts).size === roots.hosts.length, "hosts");
  require(roots.hosts.every((host) => HOST.test(host)), "hosts");
  const names = new Set([roots.log.origin, ...roots.witnesses.map((each) => each.name)]);
  require(names.size === roots.witnesses.length + 1, "witnesses");
  const sets = [roots.custodians, ...Object.values(roots.purposes)].flatMap((set) => set.keys);
  const keys = [roots.log.ed25519, roots.log.mlDsa44, ...roots.witnesses.map((each) => each.ed25519), ...sets].map((key) => key.kid);
  const twice = keys.find((kid, at) => keys.indexOf(kid) !== at);
  if (twice !== undefined) throw new KeysError("keys.roots_key_reused", { kid: twice });
}

async function keySet(value: Json | undefined): Promise<KeySet> {
  const held = members(value, "keys threshold", "keys");
  const keys = await Promise.all(listed(held.get("keys"), "keys").map(key));
  require(keys.length <= MAX_KEYS && new Set(keys.map((each) => each.kid)).size === keys.length, "keys");
  require(keys.every((each) => each.algorithm === "ES256"), "keys");
  return { keys, threshold: count(held.get("threshold"), 1, keys.length, "threshold") };
}

async function log(value: Json | undefined): Promise<LogIdentity> {
  const held = members(value, "origin ed25519 ml_dsa_44", "log");
  const identity = { origin: text(held.get("origin"), "origin"), ed25519: await key(held.get("ed25519")), mlDsa44: await key(held.get("ml_dsa_44")) };
  require(NAME.test(identity.origin), "origin");
  require(identity.ed25519.algorithm === "Ed25519", "ed25519");
  require(identity.mlDsa44.algorithm === "ML-DSA-44", "ml_dsa_44");
  return identity;
}

async function witness(value: Json): Promise<Witness> {
  const held = members(value, "name ed25519", "witnesses");
  const found = { name: text(held.get("name"), "name"), ed25519: await key(held.get("ed25519")) };
  require(NAME.test(found.name), "name");
  require(found.ed25519.algorithm === "Ed25519", "ed25519");
  return found;
}

async function key(value: Json | undefined): Promise<PublicKey> {
  require(value instanceof Map, "key");
  try {
    return await fromJwk(value as JsonObject);
  } catch (defect) {
    if (defect instanceof KeysError) throw new KeysError("keys.roots_malformed", { member: "key" });
    throw defect;
  }
}
