// JWS (RFC 7515) in one strict profile: ES256, a thumbprint as kid, a typ that the caller names, exactly 64 bytes signed.

import { ascii, firstCharacters, fromAscii, utf8, type Bytes } from "../bytes";
import { KeysError } from "../errors";
import { type PublicKey } from "./algorithms";
import { unb64u } from "./b64";
import { loads, membersOf, type Json } from "./strictjson";

const MAX_SIGNATURES = 16;
const MAX_HEADER = 512;

/** One signature over one payload, as read and not yet verified. */
export interface Jws {
  readonly kid: string;
  readonly payload: Bytes;
  readonly signature: Bytes;
  readonly signingInput: Bytes;
}

export interface GeneralJws {
  readonly payload: Bytes;
  readonly signatures: readonly Jws[];
}

/** Return when the signature is `key`'s; raises keys.kid_mismatch, keys.algorithm_not_allowed or keys.signature_invalid. */
export async function verifyJws(jws: Jws, key: PublicKey): Promise<void> {
  if (key.kid !== jws.kid) throw new KeysError("keys.kid_mismatch", { kid: jws.kid, key: key.kid });
  if (key.algorithm !== "ES256") throw new KeysError("keys.algorithm_not_allowed", { alg: key.algorithm });
  await key.verify(jws.signature, jws.signingInput);
}

/** Return when at least `threshold` different `keys` signed, else raise keys.threshold_not_met. */
export async function requireSigned(jws: GeneralJws, keys: readonly PublicKey[], threshold: number): Promise<void> {
  const signed = await Promise.all(jws.signatures.map((one) => signerOf(one, keys)));
  const have = new Set(signed.filter((kid) => kid !== null)).size;
  if (have < Math.max(threshold, 1)) throw new KeysError("keys.threshold_not_met", { have, need: threshold });
}

async function signerOf(jws: Jws, keys: readonly PublicKey[]): Promise<string | null> {
  const key = keys.find((each) => each.kid === jws.kid);
  if (!key) return null;
  try {
    await verifyJws(jws, key);
    return key.kid;
  } catch (defect) {
    if (defect instanceof KeysError) return null;
    throw defect;
  }
}

/** The parts of a compact JWS, unverified; raises what `read_compact` of the Python room raises. */
export function readCompact(token: string, typ: string, maxBytes = 65536): Jws {
  if (token.length > maxBytes) throw new KeysError("keys.too_large", { limit: maxBytes, size: token.length });
  if (ascii(token) === null) throw new KeysError("keys.base64_not_canonical");
  const parts = token.split(".");
  if (parts.length !== 3) throw malformed("parts");
  const [header, payload, signature] = parts as [string, string, string];
  return readOne(header, payload, unb64u(payload), signature, typ);
}

/** Payload and signatures of a general JSON serialization, unverified. */
export function readGeneral(data: Uint8Array, typ: string, maxBytes = 1 << 20): GeneralJws {
  const whole = membersOf(loads(data, { maxBytes, maxDepth: 4 }), ["payload", "signatures"]);
  const payload64 = whole?.get("payload");
  const listed = whole?.get("signatures");
  if (typeof payload64 !== "string") throw malformed("members");
  if (!Array.isArray(listed) || listed.length < 1 || listed.length > MAX_SIGNATURES) throw malformed("signatures");
  const payload = unb64u(payload64);
  const parts = (listed as readonly Json[]).map(signatureParts);
  if (parts.some((part) => part.some((text) => ascii(text) === null))) throw new KeysError("keys.base64_not_canonical");
  return { payload, signatures: parts.map(([header, signature]) => readOne(header, payload64, payload, signature, typ)) };
}

const malformed = (reason: string) => new KeysError("keys.jws_malformed", { reason });

function signatureParts(one: Json): readonly [string, string] {
  const members = membersOf(one, ["protected", "signature"]);
  const [header, signature] = [members?.get("protected"), members?.get("signature")];
  if (typeof header !== "string" || typeof signature !== "string") throw malformed("members");
  return [header, signature];
}

function readOne(header64: string, payload64: string, payload: Bytes, signature64: string, typ: string): Jws {
  const kid = kidOf(header64, typ);
  const signature = unb64u(signature64);
  if (signature.length !== 64) throw malformed("signature length");
  return { kid, payload, signature, signingInput: utf8(`${header64}.${payload64}`) };
}

function kidOf(header64: string, typ: string): string {
  if (header64.length > MAX_HEADER) throw new KeysError("keys.too_large", { limit: MAX_HEADER, size: header64.length });
  const header = loads(unb64u(header64), { maxDepth: 2 });
  if (!(header instanceof Map)) throw malformed("header");
  const surplus = [...header.keys()].filter((name) => !["alg", "typ", "kid"].includes(name as string)).sort()[0];
  if (surplus !== undefined) throw new KeysError("keys.header_not_allowed", { member: firstCharacters(surplus as string, 32) });
  if (header.get("alg") !== "ES256") throw new KeysError("keys.algorithm_not_allowed");
  if (header.get("typ") !== typ) throw new KeysError("keys.typ_wrong", { expected: typ });
  const kid = header.get("kid");
  if (typeof kid !== "string" || !isThumbprint(kid)) throw new KeysError("keys.kid_malformed");
  return kid;
}

function isThumbprint(kid: string): boolean {
  try {
    return unb64u(kid).length === 32;
  } catch {
    return false;
  }
}

/** The text of a token that came as bytes; what is not ASCII shows as U+FFFD and is refused by every reader. */
export function tokenText(data: Uint8Array): string {
  return fromAscii(data) ?? "\ufffd";
}
