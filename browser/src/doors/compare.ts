// The door for tests: answers questions of tests/browser as JSON, one at a time. No page loads it.

import { fromHex, hex, type Bytes } from "../bytes";
import { Defect } from "../errors";
import { unb64 } from "../keys/b64";
import { CborMap, decode, Foreign, type Cbor } from "../keys/cbor";
import { openRoots, walkRoots, type Roots } from "../keys/roots";
import { dumps, loads } from "../keys/strictjson";
import { inflateRaw, inflateZlib } from "../inflate";
import { isReceipt } from "../page/receipts";
import { verifyInclusion } from "../registry/merkle";
import { check } from "../verifier/check";
import { Evidence } from "../verifier/evidence";
import { GROUND, type Floor } from "../verifier/floor";
import { foreignHost } from "../verifier/hosts";
import { toJson } from "../verifier/json";
import { looksLike } from "../verifier/lookalike";
import { BROWSER, type Policy } from "../verifier/policy";

interface Asked {
  readonly text: string;
  readonly roots: string;
  readonly evidence: Readonly<Record<string, string>>;
  readonly policy: Policy;
  readonly now: number;
  readonly as_of: number | null;
  readonly proof?: string | null;
  readonly floor?: { readonly size: number; readonly root: string; readonly versions: Readonly<Record<string, number>> };
}

const opened = new Map<string, Roots>();

/** The verdict on `asked`, as the API says it; bytes come in base64. */
export async function verdictOn(asked: Asked): Promise<unknown> {
  const roots = opened.get(asked.roots) ?? (await openRoots(bytes(asked.roots), null));
  opened.set(asked.roots, roots);
  const held = new Map(Object.entries(asked.evidence).map(([path, data]) => [path, bytes(data)]));
  const floor: Floor = asked.floor ? { ...asked.floor, root: fromHex(asked.floor.root) } : GROUND;
  const evidence = new Evidence(roots, held, asked.policy, floor);
  return toJson(await check({ text: asked.text, evidence, policy: asked.policy, now: asked.now, asOf: asked.as_of, proof: typeof asked.proof === "string" ? bytes(asked.proof) : null }));
}

/** The version at the end of a walk over sealed roots documents. */
export async function walked({ documents, now }: { documents: readonly string[]; now: number }): Promise<unknown> {
  const [first, ...newer] = documents.map(bytes);
  return (await walkRoots(await openRoots(first as Bytes, null), newer, now)).version;
}

/** JSON read strictly and spelled again. */
export function jsonAgain({ data }: { data: string }): string {
  return hex(dumps(loads(bytes(data))));
}

/** Deterministic CBOR in a notation that JSON can carry. */
export function cborShown({ data }: { data: string }): unknown {
  return shown(decode(bytes(data)));
}

function shown(value: Cbor): unknown {
  if (typeof value === "bigint" || typeof value === "number") return { int: String(value) };
  if (value instanceof Uint8Array) return { bytes: hex(value) };
  if (value instanceof CborMap) return { map: value.entries().map(([key, inner]) => [hex(key), shown(inner)]) };
  return Array.isArray(value) ? value.map(shown) : value instanceof Foreign ? { foreign: true } : value;
}

/** What a stream holds, or its defect. */
export function inflated({ data, dictionary, zlib, limit }: { data: string; dictionary: string; zlib: boolean; limit: number }): unknown {
  const found = zlib ? inflateZlib(bytes(data), limit) : inflateRaw(bytes(data), bytes(dictionary), limit);
  return "defect" in found ? found : { data: hex(found.data) };
}

/** True when an inclusion proof holds. */
export function included(asked: { index: string; size: string; leaf: string; proof: readonly string[]; root: string }): true {
  verifyInclusion(BigInt(asked.index), BigInt(asked.size), bytes(asked.leaf), asked.proof.map(bytes), bytes(asked.root));
  return true;
}

/** The code of a defect, null for a defect of this program. */
export function codeOf(defect: unknown): string | null {
  return defect instanceof Defect ? defect.code : null;
}

function bytes(text: string): Bytes {
  const data = unb64(text);
  if (data === null) throw new TypeError("base64");
  return data;
}

/** How old evidence may be for the page. */
export function policy(): Policy {
  return BROWSER;
}

/** How a foreign address is named, and which official host it resembles. */
export function hostNamed({ text, official }: { text: string; official: readonly string[] }): unknown {
  return [foreignHost(text, official), looksLike(text, official)];
}

/** Whether a text calls itself a receipt. */
export function callsItselfReceipt({ text }: { text: string }): boolean {
  return isReceipt(text);
}
