// Opens the published lists: versioned, dated twice, and signed by a threshold of publishers (docs/formats.md, section 9).

import { equal, type Bytes } from "../bytes";
import { KeysError, RegistryError } from "../errors";
import { readGeneral, requireSigned, type GeneralJws } from "../keys/jws";
import { type KeySet } from "../keys/roots";
import { sha256 } from "../keys/sha256";
import { dumps, isCount, loads, membersOf, type Json, type JsonObject } from "../keys/strictjson";

const TYP = "hallmark-list+json";
const MAX_LIST_BYTES = 8 << 20;
const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const DIGEST = /^[0-9a-f]{64}$/;
const MEMBERS = ["name", "version", "prev", "published", "effective", "expires", "content"] as const;

/** One version of a list; `digest` is that of its payload. Times are UNIX seconds. */
export interface PublishedList {
  readonly name: string;
  readonly version: number;
  readonly published: number;
  readonly effective: number;
  readonly expires: number;
  readonly content: JsonObject;
  readonly digest: Bytes;
}

const invalid = (reason: string) => new RegistryError("registry.list_invalid", { reason });

/** Verify a published list under the threshold of `keys`; raises registry.list_invalid or registry.list_unsigned. */
export async function openList(data: Bytes, keys: KeySet, name: string): Promise<PublishedList> {
  const jws = readJws(data);
  try {
    await requireSigned(jws, keys.keys, keys.threshold);
  } catch (defect) {
    throw defect instanceof KeysError ? new RegistryError("registry.list_unsigned", defect.params) : defect;
  }
  return readPayload(jws.payload, name);
}

function readJws(data: Bytes): GeneralJws {
  try {
    return readGeneral(data, TYP, MAX_LIST_BYTES);
  } catch (defect) {
    throw defect instanceof KeysError ? invalid(defect.code) : defect;
  }
}

function readPayload(payload: Bytes, name: string): PublishedList {
  const members = membersOf(readJson(payload), MEMBERS);
  if (members === null || members.get("name") !== name || !NAME.test(name)) throw invalid("members");
  const [version, published, effective, expires] = ["version", "published", "effective", "expires"].map((each) => members.get(each));
  if (![version, published, effective, expires].every((each) => isCount(each)) || !(members.get("content") instanceof Map)) throw invalid("member");
  if (!isPrev(members.get("prev") as Json, version as number)) throw invalid("version or prev");
  const list = {
    name,
    version: version as number,
    published: published as number,
    effective: effective as number,
    expires: expires as number,
    content: members.get("content") as JsonObject,
    digest: sha256(payload),
  };
  if (list.published >= list.expires || list.effective >= list.expires) throw invalid("dates");
  const spelled = dumps(new Map(MEMBERS.map((member) => [member, members.get(member) as Json])));
  if (!equal(spelled, payload)) throw invalid("not in canonical form");
  return list;
}

function readJson(payload: Bytes): Json {
  try {
    return loads(payload, { maxBytes: MAX_LIST_BYTES });
  } catch (defect) {
    throw defect instanceof KeysError ? invalid(defect.code) : defect;
  }
}

/** Version 1 has no predecessor, every other names one. */
function isPrev(prev: Json, version: number): boolean {
  if (prev === null) return version === 1;
  return typeof prev === "string" && DIGEST.test(prev) && version >= 2;
}
