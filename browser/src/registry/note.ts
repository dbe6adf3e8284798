// Reads the parts of a signed note (c2sp.org/signed-note) and checks single signatures. Pure.

import { equal, fromUtf8, utf8, concat, type Bytes } from "../bytes";
import { KeysError, RegistryError } from "../errors";
import { type PublicKey } from "../keys/algorithms";
import { unb64 } from "../keys/b64";
import { sha256 } from "../keys/sha256";

export const ED25519 = 0x01;
export const COSIGNATURE_ED25519 = 0x04;
const MAX_SIGNATURES = 16;
const MAX_NOTE_BYTES = 128 * 1024;
const MAX_NAME_BYTES = 255;
const DASH = "\u2014 ";
const NAME_BARRED = /[+\x00-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

export const noteInvalid = (reason: string) => new RegistryError("registry.note_invalid", { reason });

export interface SignatureLine {
  readonly name: string;
  readonly keyId: Bytes;
  readonly signature: Bytes;
}

/** A note's text, with its final newline, and its signature lines, none of them verified. */
export interface Note {
  readonly text: string;
  readonly lines: readonly SignatureLine[];
}

/** A public key under a name and for one signature type. */
export class NoteKey {
  readonly keyId: Bytes;

  constructor(
    readonly name: string,
    kind: number,
    readonly publicKey: PublicKey,
  ) {
    requireName(name);
    this.keyId = sha256(concat(utf8(name), Uint8Array.of(0x0a, kind), publicKey.raw)).slice(0, 4);
  }

  /** The signature bytes that stand under this key's name and id; both must match. */
  signaturesIn(note: Note): readonly Bytes[] {
    return note.lines.filter((line) => line.name === this.name && equal(line.keyId, this.keyId)).map((line) => line.signature);
  }

  /** Check one signature; raises registry.checkpoint_forged. */
  async verify(signature: Bytes, message: Bytes): Promise<void> {
    try {
      await this.publicKey.verify(signature, message);
    } catch (defect) {
      throw defect instanceof KeysError ? new RegistryError("registry.checkpoint_forged", { name: this.name }) : defect;
    }
  }
}

/** Split a signed note into text and signature lines; raises registry.note_invalid. Verifies nothing. */
export function readNote(data: Bytes): Note {
  if (data.length > MAX_NOTE_BYTES) throw noteInvalid("too long");
  const whole = fromUtf8(data);
  if (whole === null) throw noteInvalid("encoding");
  if (/[\x00-\x09\x0b-\x1f]/.test(whole)) throw noteInvalid("control character");
  const at = whole.lastIndexOf("\n\n");
  const lines = whole.slice(at + 2).split("\n");
  if (at < 1 || lines.pop() !== "" || lines.length < 1 || lines.length > MAX_SIGNATURES) throw noteInvalid("text or signature lines");
  return { text: whole.slice(0, at + 1), lines: lines.map(readLine) };
}

function readLine(line: string): SignatureLine {
  const space = line.indexOf(" ", DASH.length);
  if (!line.startsWith(DASH) || space < 0) throw noteInvalid("signature line");
  const name = line.slice(DASH.length, space);
  requireName(name);
  const raw = unb64(line.slice(space + 1));
  if (raw === null) throw noteInvalid("base64");
  if (raw.length < 5) throw noteInvalid("signature length");
  return { name, keyId: raw.slice(0, 4), signature: raw.slice(4) };
}

/** Raise unless `name` may name a key: 1 to 255 bytes, no space, no plus, no control character. */
export function requireName(name: string): void {
  const length = utf8(name).length;
  if (length < 1 || length > MAX_NAME_BYTES || NAME_BARRED.test(name)) throw noteInvalid("name");
}
