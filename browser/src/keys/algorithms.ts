// Public keys: parsed once, named by their thumbprint (RFC 7638), able to verify and nothing else.
// ES256 by WebCrypto; Ed25519 by WebCrypto or, where a browser lacks it, by @noble/ed25519, which is then loaded.
// ML-DSA-44 keys are known by name only: browsers do without that signature (docs/formats.md, section 5.4).

import { hex, utf8, type Bytes } from "../bytes";
import { KeysError } from "../errors";
import { b64u } from "./b64";
import { sha256 } from "./sha256";

export type Algorithm = "ES256" | "Ed25519" | "ML-DSA-44";

const PUBLIC_BYTES: Readonly<Record<Algorithm, number>> = { ES256: 65, Ed25519: 32, "ML-DSA-44": 1312 };
const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;
const ES256 = { name: "ECDSA", hash: "SHA-256" } as const;

type Check = (signature: Bytes, message: Bytes) => Promise<boolean>;

export class PublicKey {
  readonly thumbprint: Bytes;
  readonly kid: string;
  readonly kid8: Bytes;

  private constructor(
    readonly algorithm: Algorithm,
    readonly raw: Bytes,
    private readonly check: Check,
  ) {
    this.thumbprint = sha256(utf8(thumbprintJson(algorithm, raw)));
    this.kid = b64u(this.thumbprint);
    this.kid8 = this.thumbprint.slice(0, 8);
  }

  /** The key with these bytes; raises keys.public_key_invalid. */
  static async fromRaw(algorithm: Algorithm, raw: Bytes): Promise<PublicKey> {
    if (raw.length !== PUBLIC_BYTES[algorithm]) throw invalid(algorithm);
    return new PublicKey(algorithm, raw, await checkOf(algorithm, raw));
  }

  /** Return when `signature` is this key's over `message`, else raise keys.signature_invalid. */
  async verify(signature: Bytes, message: Bytes): Promise<void> {
    if (!(await this.check(signature, message))) throw new KeysError("keys.signature_invalid", { kid: this.kid });
  }
}

const invalid = (algorithm: Algorithm) => new KeysError("keys.public_key_invalid", { algorithm });

/** The JSON that RFC 7638 §3.2 hashes. */
function thumbprintJson(algorithm: Algorithm, raw: Bytes): string {
  if (algorithm === "ES256") return `{"crv":"P-256","kty":"EC","x":"${b64u(raw.subarray(1, 33))}","y":"${b64u(raw.subarray(33))}"}`;
  if (algorithm === "Ed25519") return `{"crv":"Ed25519","kty":"OKP","x":"${b64u(raw)}"}`;
  return `{"alg":"ML-DSA-44","kty":"AKP","pub":"${b64u(raw)}"}`;
}

async function checkOf(algorithm: Algorithm, raw: Bytes): Promise<Check> {
  if (algorithm === "ML-DSA-44") return () => Promise.resolve(false);
  if (algorithm === "Ed25519") return ed25519(raw);
  try {
    const key = await crypto.subtle.importKey("raw", raw, P256, true, ["verify"]);
    return async (signature, message) => signature.length === 64 && crypto.subtle.verify(ES256, key, signature, message);
  } catch {
    throw invalid(algorithm);
  }
}

// The y coordinates of the eight Ed25519 points of small order; under such a key signatures fit many messages.
const SMALL_ORDER = new Set([
  "00".repeat(32),
  "01" + "00".repeat(31),
  "ec" + "ff".repeat(30) + "7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);

function isReduced(y: Uint8Array): boolean {
  return !(y[31] === 0x7f && y.subarray(1, 31).every((byte) => byte === 0xff) && (y[0] as number) >= 0xed);
}

async function ed25519(raw: Bytes): Promise<Check> {
  const y = raw.slice();
  y[31] = (y[31] as number) & 0x7f;
  if (SMALL_ORDER.has(hex(y)) || !isReduced(y)) throw invalid("Ed25519");
  try {
    const key = await crypto.subtle.importKey("raw", raw, "Ed25519", true, ["verify"]);
    return async (signature, message) => signature.length === 64 && crypto.subtle.verify("Ed25519", key, signature, message);
  } catch {
    return async (signature, message) => (await import("./ed25519")).verified(signature, message, raw);
  }
}
