// Evidence that was fetched is kept in this browser (Cache Storage), and read again where the network is cut. Published files
// only: no certificate, no answer. Each carries its own signatures, and what was kept is checked like what was fetched.

import { type Bytes } from "../bytes";
import { type Read } from "../verifier/gather";
import { type Bundle } from "./bundle";
import { asked, UNREACHABLE } from "./source";

const STORE = "hallmark-evidence";
const AT = "X-Fetched-At";
/** So many files are kept; the oldest go first. */
const MOST = 400;
/** Milliseconds. */
const LATER = 600;
const ROOTS = /^roots\//;

interface Copy {
  readonly data: Bytes;
  /** When it was fetched, UNIX seconds. */
  readonly at: number;
}

/** The folder at `base`, from the network, and where that is cut from what was kept or from the bundle at hand. */
export class Kept {
  private readonly recalled = new Set<string>();
  private readonly waiting = new Map<string, Bytes>();
  private bundle: () => Promise<Bundle | null> = () => Promise.resolve(null);

  constructor(
    private readonly base: string,
    private readonly clock: () => number,
  ) {}

  /** Read `bundle` too, where the network is cut. */
  beside(bundle: () => Promise<Bundle | null>): void {
    this.bundle = bundle;
  }

  readonly read: Read = async (path) => {
    const data = await asked(`${this.base}/${path}`);
    if (data === UNREACHABLE) return this.recall(path);
    this.recalled.delete(path);
    if (data !== null) this.keepLater(`${this.base}/${path}`, data);
    return data;
  };

  /** Keeping waits until the answer stands there. */
  private keepLater(address: string, data: Bytes): void {
    if (this.waiting.size === 0) setTimeout(() => void this.keepWaiting(), LATER);
    this.waiting.set(address, data);
  }

  private async keepWaiting(): Promise<void> {
    const now = this.clock();
    const all = [...this.waiting];
    this.waiting.clear();
    for (const [address, data] of all) await keepCopy(address, data, now);
  }

  /** Whether what `read` gave for a path came from this browser, as the network was cut. */
  wasRecalled(path: string): boolean {
    return this.recalled.has(path);
  }

  /** The later of both copies: what was newer once must not be forgotten for the bundle, nor the other way round. */
  private async recall(path: string): Promise<Bytes | null> {
    const copy = await copyOf(`${this.base}/${path}`);
    const bundle = ROOTS.test(path) ? null : await this.bundle(); // a bundle opens only under the newest roots
    const member = bundle !== null && bundle.made > (copy?.at ?? 0) ? bundle.member(path) : null;
    const data = member ?? copy?.data ?? null;
    if (data !== null) this.recalled.add(path);
    return data;
  }
}

/** Keep `data` under its address. Where nothing can be kept, nothing is. */
export async function keepCopy(address: string, data: Bytes, at: number): Promise<void> {
  try {
    const store = await caches.open(STORE);
    await store.put(address, new Response(data, { headers: { [AT]: String(at) } }));
    const all = await store.keys();
    await Promise.all(all.slice(0, Math.max(0, all.length - MOST)).map((oldest) => store.delete(oldest)));
  } catch {
    // private browsing, no room left, or no secure context
  }
}

/** What was kept under an address; null for nothing. */
export async function copyOf(address: string): Promise<Copy | null> {
  try {
    const found = await (await caches.open(STORE)).match(address);
    return found ? { data: new Uint8Array(await found.arrayBuffer()), at: Number(found.headers.get(AT)) } : null;
  } catch {
    return null;
  }
}
