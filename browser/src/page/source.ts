// Reads the published folder over the network: no cookies, no referrer, no redirect, and never more than 4 MiB.

import { concat, hex, type Bytes } from "../bytes";
import { sha256 } from "../keys/sha256";
import { type Read } from "../verifier/gather";

const MAX_ARTIFACT = 4 * 1024 * 1024;
const ASKING: RequestInit = { credentials: "omit", referrerPolicy: "no-referrer", redirect: "error" };

/** A reader of the folder at `base`, an address without a slash at its end. */
export function folderAt(base: string): Read {
  return (path) => fetched(`${base}/${path}`);
}

/** The file at `address` if its SHA-256 is the one that the page names; the root of trust comes this way. */
export async function pinned(address: string, digest: string): Promise<Bytes | null> {
  const data = await fetched(address);
  return data !== null && hex(sha256(data)) === digest ? data : null;
}

async function fetched(address: string): Promise<Bytes | null> {
  try {
    const answer = await fetch(address, ASKING);
    return answer.status === 200 && answer.body ? await bounded(answer.body) : null;
  } catch {
    return null;
  }
}

async function bounded(body: ReadableStream<Uint8Array>): Promise<Bytes | null> {
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return concat(...parts);
    size += value.length;
    if (size > MAX_ARTIFACT) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
}
