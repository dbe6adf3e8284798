// The text in the QR code: `HTTPS://<HOST>/#<decimal digits>`, to the sealed token's bytes (docs/formats.md, section 3). Pure.

import { fromHex, type Bytes } from "../bytes";
import { CredentialsError } from "../errors";
import dictionary1 from "../../../docs/dictionary-1.bin";
import { inflateRaw } from "../inflate";
import { strip } from "./text";

const MARK = 0x01;
const MIN_BYTES = 90;
const MAX_TOKEN = 4096;
const MAX_DIGITS = 4300;
const DICTIONARIES: ReadonlyMap<number, Uint8Array> = new Map([[1, dictionary1]]);
// Any host may stand there, in any script, but nothing that hides or reorders what is shown of it.
const SHOWN = "[^/#?@\\\\\\x00-\\x20\\x7f-\\xa0\\u061c\\u1680\\u2000-\\u206f\\u3000\\ufeff]";
const FORM = new RegExp(`^(?:[Hh][Tt][Tt][Pp][Ss]://(${SHOWN}{1,253})/(?:[Cc]/|#))?([0-9]{1,${MAX_DIGITS}})$`, "u");

/** What a QR text holds: the host as written (null for bare digits), the version byte, the sealed token's bytes. */
export interface QrText {
  readonly host: string | null;
  readonly version: number;
  readonly cose: Bytes;
}

/** Raises credentials.not_ours, credentials.unknown_version or credentials.damaged. Never inflates beyond 4 KiB. */
export function fromText(text: string): QrText {
  const form = FORM.exec(strip(text));
  if (form === null) throw notOurs("form");
  const digits = form[2] as string;
  const number = BigInt(digits).toString(16);
  const raw = fromHex(number.length % 2 ? `0${number}` : number);
  if (raw.length < MIN_BYTES || raw[0] !== MARK) throw notOurs("number");
  if (digits.startsWith("0")) throw damaged("leading zero");
  const version = raw[1] as number;
  return { host: form[1] ?? null, version, cose: inflated(raw.subarray(2), version) };
}

const notOurs = (reason: string) => new CredentialsError("credentials.not_ours", { reason });
const damaged = (reason: string) => new CredentialsError("credentials.damaged", { reason });
const REASONS = { broken: "deflate", "too large": "too large", end: "deflate end" } as const;

function inflated(body: Uint8Array, version: number): Bytes {
  const dictionary = DICTIONARIES.get(version);
  if (dictionary === undefined) throw new CredentialsError("credentials.unknown_version", { version });
  const found = inflateRaw(body, dictionary, MAX_TOKEN);
  if ("defect" in found) throw damaged(REASONS[found.defect]);
  return found.data;
}
