// Reads the published folder over the network: no cookies, no referrer, no redirect, and never more than 4 MiB.

import { concat, hex, type Bytes } from "../bytes";
import { sha256 } from "../keys/sha256";

const MAX_ARTIFACT = 4 * 1024 * 1024;
/** How long an answer may take to begin, in milliseconds; then the network counts as cut. */
const PATIENCE = 15_000;

/** What `asked` returns where nobody answered, or the server could not. */
export const UNREACHABLE = "unreachable";
const ASKING: RequestInit = { credentials: "omit", referrerPolicy: "no-referrer", redirect: "error" };

/** `data` if its SHA-256 is the one that the page names; the root of trust comes this way. */
export function pinned(data: Bytes | null, digest: string): Bytes | null {
  return data !== null && hex(sha256(data)) === digest ? data : null;
}

/** The file at `address`, at most `limit` bytes; null where there is none. */
export async function asked(address: string, limit = MAX_ARTIFACT): Promise<Bytes | null | typeof UNREACHABLE> {
  const waiting = new AbortController();
  const bell = setTimeout(() => waiting.abort(), PATIENCE);
  try {
    const answer = await fetch(address, { ...ASKING, signal: waiting.signal });
    if (answer.status === 200 && answer.body) return await bounded(answer.body, limit);
    await answer.body?.cancel();
    return answer.status >= 500 ? UNREACHABLE : null;
  } catch {
    return UNREACHABLE;
  } finally {
    clearTimeout(bell);
  }
}

async function bounded(body: ReadableStream<Uint8Array>, limit: number): Promise<Bytes | null> {
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return concat(...parts);
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
}
