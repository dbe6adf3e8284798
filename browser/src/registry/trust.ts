// Answers whose key this is and what its body may award, from one shard of the published trust list.

import { equal, hex, type Bytes } from "../bytes";
import { freeDay } from "../calendar";
import { sha256 } from "../keys/sha256";
import { type JsonObject } from "../keys/strictjson";
import { readShard, requireTrust, type Authority, type Body, type IssuerKey, type Shard, type Suspension } from "./bodies";

const SHARDS = 256;

/** The scope of an award; null where a kind of certificate has no such part. */
export interface Scope {
  readonly committee: string;
  readonly series: string;
  readonly specialty: string;
  readonly level: string;
}

/** A date that may be known only to the month or year: the earliest and the latest day it can mean. */
export interface Days {
  readonly firstDay: string;
  readonly lastDay: string;
}

/** Bodies, their authorities and their keys as far as one shard holds them. */
export class TrustList {
  private constructor(private readonly shard: Shard) {
    unique(shard.bodies.map((body) => body.code));
    unique(shard.bodies.map((body) => body.name));
    const codes = new Set(shard.bodies.map((body) => body.code));
    requireTrust(shard.authorities.every((each) => codes.has(each.body_code)), "authority without body");
    requireTrust(shard.keys.every((key) => codes.has(key.bodyCode)), "key without body");
    unique(shard.keys.map((key) => hex(key.publicKey.kid8)));
  }

  /** The list as far as the shard of one first byte holds it; the shard must have the digest that the manifest names. */
  static async fromManifest(content: JsonObject, firstByte: number, shard: Bytes): Promise<TrustList> {
    const digests = content.get("shards");
    requireTrust(Array.isArray(digests) && digests.length === SHARDS, "manifest");
    requireTrust(hex(sha256(shard)) === digests[firstByte], "shard digest");
    const read = await readShard(shard);
    requireTrust(read.keys.every((key) => key.publicKey.kid8[0] === firstByte), "key in another's shard");
    return new TrustList({ keys: read.keys, bodies: once(read.bodies), authorities: once(read.authorities) });
  }

  /** The key with this id and the body that owns it, or null when nobody does. */
  issuerOf(kid8: Bytes): readonly [IssuerKey, Body] | null {
    const key = this.shard.keys.find((each) => equal(each.publicKey.kid8, kid8));
    const body = this.shard.bodies.find((each) => each.code === key?.bodyCode);
    return key && body ? [key, body] : null;
  }

  /** Null when `body` was authorised to award this kind, by its Chinese word, on some day that `on` can mean, else the code why not. */
  coverage(body: Body, word: string, scope: Scope | null, on: Days): string | null {
    if (!body.kinds.includes(word)) return "trust.kind_not_granted";
    if (scope === null) return awardedOn(on.firstDay, on.lastDay, body.suspended);
    const near = this.shard.authorities.filter((each) => each.body_code === body.code && each.committee === scope.committee);
    const exact = near.filter((each) => each.series === scope.series && each.specialty === scope.specialty && each.level === scope.level);
    if (exact.length === 0) return whyNot(near, scope);
    const inForce = exact.filter((each) => each.valid_from <= on.lastDay && on.firstDay <= each.valid_until);
    const found = inForce.map((each) => awardedOn(later(each.valid_from, on.firstDay), earlier(each.valid_until, on.lastDay), [...body.suspended, ...each.suspended]));
    return found.includes(null) ? null : (found[found.length - 1] ?? "trust.not_in_force");
  }
}

const later = (a: string, b: string) => (a > b ? a : b);
const earlier = (a: string, b: string) => (a < b ? a : b);

function awardedOn(first: string, last: string, suspended: readonly Suspension[]): string | null {
  return freeDay(first, last, suspended) === null ? "trust.suspended" : null;
}

function whyNot(near: readonly Authority[], scope: Scope): string {
  if (near.length === 0) return "trust.committee_unknown";
  const series = near.filter((each) => each.series === scope.series);
  if (series.length === 0) return "trust.scope_series";
  return series.some((each) => each.specialty === scope.specialty) ? "trust.scope_level" : "trust.scope_specialty";
}

function unique(names: readonly string[]): void {
  requireTrust(new Set(names).size === names.length, "twice");
}

/** Rows that say the same count once. */
function once<Row extends object>(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((row) => [JSON.stringify(Object.entries(row).sort()), row])).values()];
}
