// The day's bundle: published files under one signed manifest (docs/formats.md, section 12). Without tiles, so registration
// stays unconfirmed by it alone. It is fetched only where the person asked for it, or has installed the page.

import { hex, type Bytes } from "../bytes";
import { type Roots } from "../keys/roots";
import { readCompact, tokenText, verifyJws } from "../keys/jws";
import { sha256 } from "../keys/sha256";
import { isCount, loads, membersOf, type JsonObject } from "../keys/strictjson";
import { Zip } from "./zip";

const TYP = "hallmark-bundle+jwt";
const MANIFEST = "manifest.jwt";
const MAX_MANIFEST = 8 * 1024 * 1024;
const MAX_MEMBER = 4 * 1024 * 1024;

export const BUNDLE = "bundle/today.hallmark";
export const MAX_BUNDLE = 16 * 1024 * 1024;

export class Bundle {
  private constructor(
    private readonly zip: Zip,
    private readonly members: JsonObject,
    /** When it was made, UNIX seconds. */
    readonly made: number,
  ) {}

  /** The bundle whose manifest one of the bundle keys signed and that has not expired; raises for any other. */
  static async open(data: Bytes, roots: Roots, now: number): Promise<Bundle> {
    const zip = new Zip(data);
    const jws = readCompact(tokenText(zip.read(MANIFEST, MAX_MANIFEST) ?? new Uint8Array(0)), TYP, MAX_MANIFEST);
    const key = roots.purposes.bundle.keys.find((each) => each.kid === jws.kid);
    if (!key) throw new RangeError("no trusted key signed the bundle");
    await verifyJws(jws, key);
    const claims = membersOf(loads(jws.payload, { maxBytes: MAX_MANIFEST }), ["made", "exp", "members"]);
    const [made, expires, members] = ["made", "exp", "members"].map((name) => claims?.get(name));
    if (!isCount(made) || !isCount(expires) || !(members instanceof Map) || expires <= now) throw new RangeError("the bundle's manifest");
    return new Bundle(zip, members as JsonObject, made);
  }

  /** A member with the size and the digest that the manifest names; null for any other. */
  member(path: string): Bytes | null {
    const named = this.members.get(path);
    const [size, digest] = Array.isArray(named) ? named : [];
    if (!isCount(size, MAX_MEMBER)) return null;
    const data = this.zip.read(path, size);
    return data !== null && data.length === size && hex(sha256(data)) === digest ? data : null;
  }
}

