// Opens checkpoints (c2sp.org/tlog-checkpoint, tlog-cosignature): the log's Ed25519 signature and its witnesses'. Pure.
// The log's ML-DSA-44 line is that of a key which browsers do not know, and is ignored like any such line.

import { utf8, type Bytes } from "../bytes";
import { RegistryError } from "../errors";
import { unb64 } from "../keys/b64";
import { type LogIdentity, type Witness } from "../keys/roots";
import { equal } from "../bytes";
import { EMPTY_ROOT, HASH_BYTES } from "./merkle";
import { COSIGNATURE_ED25519, ED25519, noteInvalid, NoteKey, readNote, requireName, type Note } from "./note";

const TIME_BYTES = 8;
const MAX_TIME = (1n << 63n) - 1n;
const MAX_SIZE = BigInt(Number.MAX_SAFE_INTEGER);

/** The head of a log: its origin, size in leaves, 32-byte root. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

/** A checkpoint whose required signatures verified; `time` is the quorum's, null without witnesses (UNIX seconds). */
export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly time: number | null;
}

/** Verify a checkpoint of `log`: its Ed25519 signature, and cosignatures of at least `threshold` different witnesses. */
export async function openCheckpoint(data: Bytes, log: LogIdentity, witnesses: readonly Witness[], threshold: number): Promise<OpenedCheckpoint> {
  const note = readNote(data);
  const checkpoint = readBody(note.text);
  if (checkpoint.origin !== log.origin) throw new RegistryError("registry.wrong_log");
  if (!(await signed(note, new NoteKey(log.origin, ED25519, log.ed25519)))) throw new RegistryError("registry.checkpoint_unsigned");
  const times: number[] = [];
  for (const witness of witnesses) {
    const time = await newestTime(note, new NoteKey(witness.name, COSIGNATURE_ED25519, witness.ed25519));
    if (time !== null) times.push(time);
  }
  if (times.length < threshold) throw new RegistryError("registry.witnesses_missing", { have: times.length, need: threshold });
  times.sort((a, b) => b - a);
  return { checkpoint, time: times[Math.max(threshold, 1) - 1] ?? null };
}

/** A note's text as a checkpoint of exactly three lines; raises registry.note_invalid. Verifies nothing. */
export function readBody(text: string): Checkpoint {
  const lines = text.split("\n");
  const [origin, size, root64, rest] = lines as [string, string, string, string];
  if (lines.length !== 4) throw noteInvalid("not three lines");
  if (rest !== "" || !/^(?:0|[1-9][0-9]{0,18})$/.test(size) || BigInt(size) > MAX_SIZE) throw noteInvalid("size line");
  const root = unb64(root64);
  if (root === null) throw noteInvalid("base64");
  requireName(origin);
  if (root.length !== HASH_BYTES || (size === "0" && !equal(root, EMPTY_ROOT))) throw noteInvalid("size or root");
  return { origin, size: Number(size), root };
}

async function signed(note: Note, key: NoteKey): Promise<boolean> {
  const signatures = key.signaturesIn(note);
  for (const signature of signatures) await key.verify(signature, utf8(note.text));
  return signatures.length > 0;
}

/** The newest time at which `key` cosigned, null when it did not; raises registry.checkpoint_forged. */
async function newestTime(note: Note, key: NoteKey): Promise<number | null> {
  let newest: number | null = null;
  for (const signature of key.signaturesIn(note)) {
    const time = signature.subarray(0, TIME_BYTES).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
    if (time > MAX_TIME) throw new RegistryError("registry.checkpoint_forged", { name: key.name });
    await key.verify(signature.slice(TIME_BYTES), utf8(`cosignature/v1\ntime ${time}\n${note.text}`));
    newest = Math.max(newest ?? 0, Number(time));
  }
  return newest;
}
