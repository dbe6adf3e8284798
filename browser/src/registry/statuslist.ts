// Opens a list of 2^17 statuses of 2 bits (IETF Token Status List). Why and since when is not known here.

import { type Bytes } from "../bytes";
import { inflateZlib } from "../inflate";
import { KeysError, RegistryError } from "../errors";
import { unb64u } from "../keys/b64";
import { readCompact, tokenText, verifyJws, type Jws } from "../keys/jws";
import { type KeySet } from "../keys/roots";
import { sha256 } from "../keys/sha256";
import { isCount, loads, membersOf, type Json } from "../keys/strictjson";

const TYP = "statuslist+jwt";
const MAX_TOKEN_BYTES = 65536;
const BITS = 2;
const ARRAY_BYTES = 32768;

export const VALID = 0;
export const ENDED = 1;
export const SUSPENDED = 2;
export const SUPERSEDED = 3;

/** An opened status list; `entryIndex` is where its list entry stands in the log, `digest` is the uncompressed array's, `eventsRoot` that of its event files. Times in seconds. */
export interface StatusList {
  readonly list: number;
  readonly version: number;
  readonly iat: number;
  readonly exp: number;
  readonly array: Bytes;
  readonly digest: Bytes;
  readonly eventsRoot: Bytes;
  readonly entryIndex: number;
}

const invalid = (reason: string) => new RegistryError("registry.status_list_invalid", { reason });

/** The status (0 to 3) of one slot. */
export function statusAt(status: StatusList, index: number): number {
  return ((status.array[index >> 2] as number) >> ((index & 3) * 2)) & 3;
}

/** Verify a status list under one of the status keys; raises registry.status_list_invalid. */
export async function openStatusList(token: Bytes, keys: KeySet): Promise<StatusList> {
  try {
    const jws = readCompact(tokenText(token), TYP, MAX_TOKEN_BYTES);
    await verify(jws, keys);
    return readPayload(loads(jws.payload));
  } catch (defect) {
    throw defect instanceof KeysError ? invalid(defect.code) : defect;
  }
}

async function verify(jws: Jws, keys: KeySet): Promise<void> {
  const key = keys.keys.find((each) => each.kid === jws.kid);
  if (key === undefined) throw invalid("not a status key");
  await verifyJws(jws, key);
}

function readPayload(payload: Json): StatusList {
  const outer = membersOf(payload, ["sub", "iat", "exp", "ttl", "status_list", "hallmark"]);
  const inner = membersOf(outer?.get("status_list"), ["bits", "lst"]);
  const ours = membersOf(outer?.get("hallmark"), ["list", "version", "events_root", "entry"]);
  if (outer === null || inner === null || ours === null) throw invalid("members");
  const [iat, exp, list, version] = [outer.get("iat"), outer.get("exp"), ours.get("list"), ours.get("version")];
  const counts = [iat, exp, outer.get("ttl"), inner.get("bits"), list, version, ours.get("entry")].every((each) => isCount(each));
  const [lst, root] = [inner.get("lst"), ours.get("events_root")];
  if (!counts || typeof outer.get("sub") !== "string" || typeof lst !== "string" || typeof root !== "string") throw invalid("member");
  const eventsRoot = unb64u(root);
  if (inner.get("bits") !== BITS || eventsRoot.length !== 32 || (iat as number) > (exp as number)) throw invalid("member");
  const array = inflated(unb64u(lst));
  const numbers = { list: list as number, version: version as number, iat: iat as number, exp: exp as number, entryIndex: ours.get("entry") as number };
  return { ...numbers, array, digest: sha256(array), eventsRoot };
}

function inflated(data: Bytes): Bytes {
  const found = inflateZlib(data, ARRAY_BYTES);
  if ("defect" in found || found.data.length !== ARRAY_BYTES) throw invalid("array");
  return found.data;
}
