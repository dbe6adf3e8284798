// Public keys as JWK (RFC 7517, RFC 8037, RFC 9964): only public ones, only our algorithms, only members that we know.

import { concat, type Bytes } from "../bytes";
import { KeysError } from "../errors";
import { PublicKey, type Algorithm } from "./algorithms";
import { unb64u } from "./b64";
import { type Json, type JsonObject } from "./strictjson";

const MEMBERS: Readonly<Record<Algorithm, readonly string[]>> = {
  ES256: ["crv", "kty", "x", "y"],
  Ed25519: ["crv", "kty", "x"],
  "ML-DSA-44": ["alg", "kty", "pub"],
};
const ANNOTATIONS = ["alg", "kid", "use", "key_ops"];

/** The key of a public JWK; raises keys.jwk_invalid or keys.public_key_invalid. */
export async function fromJwk(jwk: JsonObject): Promise<PublicKey> {
  const algorithm = algorithmOf(jwk);
  const key = await PublicKey.fromRaw(algorithm, rawOf(algorithm, jwk));
  const surplus = [...jwk.keys()].find((member) => !ANNOTATIONS.includes(member) && !MEMBERS[algorithm].includes(member));
  if (surplus !== undefined) throw invalid(surplus);
  for (const [member, wanted] of [["alg", algorithm], ["use", "sig"], ["kid", key.kid]] as const) {
    if (jwk.has(member) && jwk.get(member) !== wanted) throw invalid(member);
  }
  if (jwk.has("key_ops") && !isVerifyOnly(jwk.get("key_ops"))) throw invalid("key_ops");
  return key;
}

const invalid = (member: string) => new KeysError("keys.jwk_invalid", { member });

function isVerifyOnly(operations: Json | undefined): boolean {
  return Array.isArray(operations) && operations.length === 1 && operations[0] === "verify";
}

function algorithmOf(jwk: JsonObject): Algorithm {
  const [kty, crv] = [jwk.get("kty"), jwk.get("crv") ?? null];
  if (kty === "EC" && crv === "P-256") return "ES256";
  if (kty === "OKP" && crv === "Ed25519") return "Ed25519";
  if (kty === "AKP" && crv === null && jwk.get("alg") === "ML-DSA-44") return "ML-DSA-44";
  throw invalid("kty");
}

function rawOf(algorithm: Algorithm, jwk: JsonObject): Bytes {
  if (algorithm === "ES256") return concat(Uint8Array.of(4), binary(jwk, "x", 32), binary(jwk, "y", 32));
  return algorithm === "Ed25519" ? binary(jwk, "x", 32) : binary(jwk, "pub", 1312);
}

function binary(jwk: JsonObject, member: string, length: number): Bytes {
  const text = jwk.get(member);
  if (typeof text !== "string" || text.length > 4 * length) throw invalid(member);
  try {
    const value = unb64u(text);
    if (value.length === length) return value;
  } catch {
    // said below
  }
  throw invalid(member);
}
