// Reads either sealed form of a certificate; reading judges the form, `verify` the signature. Nothing is encoded again.

import { characters, type Bytes } from "../bytes";
import { CredentialsError, KeysError } from "../errors";
import { type PublicKey } from "../keys/algorithms";
import { unb64u } from "../keys/b64";
import { read1, sigStructure } from "../keys/cose";
import { readCompact, verifyJws } from "../keys/jws";
import { sha256 } from "../keys/sha256";
import { loads } from "../keys/strictjson";
import { fromQrPayload } from "./claims";
import { fromDocument } from "./document";
import { type Credential } from "./model";
import { fromText } from "./qrtext";
import { strip } from "./text";

const TYP = "vc+jwt";
const MAX_TEXT = 65536;
const MAX_HEADER = 4096;

/** A sealed form as read, not yet verified: `digest` is what the log must hold, `kid8` names the key. */
export interface Presented {
  readonly form: "qr" | "document";
  readonly host: string | null;
  readonly kid8: Bytes;
  readonly digest: Bytes;
  readonly credential: Credential;
  verify(key: PublicKey): Promise<void>;
}

/** What a person presents; raises credentials.not_ours, credentials.unknown_version or credentials.damaged. */
export function read(text: string): Presented {
  if (text.length > MAX_TEXT && characters(text) > MAX_TEXT) throw notOurs("size");
  return text.split(".").length === 3 && !text.includes("/") ? readDocument(text) : readQr(text);
}

const notOurs = (reason: string) => new CredentialsError("credentials.not_ours", { reason });

function readQr(text: string): Presented {
  const { host, version, cose } = fromText(text);
  try {
    const sealed = read1(cose);
    const credential = fromQrPayload(sealed.payload);
    const signed = sigStructure(sealed, `hallmark/qr/${version}`);
    const verify = async (key: PublicKey) => {
      requireKid8(key, sealed.kid8);
      await key.verify(sealed.signature, signed);
    };
    return { form: "qr", host, kid8: sealed.kid8, digest: sha256(signed), credential, verify };
  } catch (defect) {
    throw damagedBy(defect);
  }
}

function requireKid8(key: PublicKey, kid8: Bytes): void {
  if (!key.kid8.every((byte, at) => byte === kid8[at])) throw new KeysError("keys.kid_mismatch");
}

function readDocument(text: string): Presented {
  const token = strip(text);
  try {
    const sealed = readCompact(token, TYP, MAX_TEXT);
    const credential = fromDocument(loads(sealed.payload, { maxBytes: MAX_TEXT }));
    const verify = (key: PublicKey) => verifyJws(sealed, key);
    return { form: "document", host: null, kid8: unb64u(sealed.kid).slice(0, 8), digest: sha256(sealed.signingInput), credential, verify };
  } catch (defect) {
    throw saysItIsOurs(token) ? damagedBy(defect) : notOurs("form");
  }
}

/** A defect of the form is damage; anything else is a defect of this program and goes on as it is. */
function damagedBy(defect: unknown): unknown {
  const known = defect instanceof KeysError || defect instanceof CredentialsError;
  return known ? new CredentialsError("credentials.damaged", { reason: defect.code }) : defect;
}

function saysItIsOurs(token: string): boolean {
  try {
    const header = loads(unb64u(token.slice(0, MAX_HEADER + 1).split(".")[0] as string), { maxBytes: MAX_HEADER });
    return header instanceof Map && header.get("typ") === TYP;
  } catch {
    return false;
  }
}

