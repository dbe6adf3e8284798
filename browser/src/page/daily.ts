// Prepares this browser for a day without a network: keeps the page (service worker) and, where the person wants it, the day's bundle.

import { type Roots } from "../keys/roots";
import { clockTime } from "../calendar";
import { Words } from "../verifier/words";
import { Bundle, BUNDLE, MAX_BUNDLE } from "./bundle";
import { copyOf, keepCopy } from "./kept";
import { asked, UNREACHABLE } from "./source";

const WANTED = "hallmark.offline";
/** A bundle is fetched anew when it is so old, in seconds. */
const RENEWED = 12 * 3600;

export class Daily {
  private opened: Promise<Bundle | null> | null = null;

  constructor(
    private readonly folder: string,
    private readonly roots: Promise<Roots>,
    private readonly clock: () => number,
  ) {}

  /** Whether the person asked for it, or has installed the page. */
  get wanted(): boolean {
    try {
      return localStorage.getItem(WANTED) !== null || matchMedia("(display-mode: standalone)").matches;
    } catch {
      return false;
    }
  }

  /** The bundle that was kept, opened once; null where there is none that holds. */
  readonly held = (): Promise<Bundle | null> => (this.opened ??= this.openKept());

  private async openKept(): Promise<Bundle | null> {
    const copy = await copyOf(this.address);
    try {
      return copy && (await Bundle.open(copy.data, await this.roots, this.clock()));
    } catch {
      return null;
    }
  }

  /** Fetch today's bundle and keep it if it holds; null where it cannot be had. */
  async renew(): Promise<Bundle | null> {
    const data = await asked(this.address, MAX_BUNDLE);
    if (data === null || data === UNREACHABLE) return null;
    const bundle = await Bundle.open(data, await this.roots, this.clock()).catch(() => null);
    const older = bundle === null || bundle.made < ((await this.held())?.made ?? 0);
    if (older) return this.held();
    await keepCopy(this.address, data, this.clock());
    this.opened = Promise.resolve(bundle);
    return bundle;
  }

  /** Renew it where it is wanted and due. */
  async renewIfDue(): Promise<void> {
    if (this.wanted && this.clock() - ((await this.held())?.made ?? 0) > RENEWED) await this.renew();
  }

  /** Keep one from now on; null where it cannot be had. */
  async begin(): Promise<Bundle | null> {
    const bundle = await this.renew();
    if (bundle !== null) localStorage.setItem(WANTED, "1");
    return bundle;
  }

  private get address(): string {
    return `${this.folder}/${BUNDLE}`;
  }
}

/** The card on the first page, where this browser can keep anything. */
export async function showCard(daily: Daily, words: Promise<Words>): Promise<void> {
  const card = document.getElementById("offline");
  const [button, told] = [card?.querySelector("button"), card?.querySelector("[role=status]")];
  if (!card || !button || !told || !("caches" in globalThis)) return;
  const say = async (bundle: Bundle | null, missing: string) => {
    told.textContent = (await words).say(bundle ? "page.offline.kept" : missing, { time: clockTime(bundle?.made ?? 0) });
  };
  card.hidden = false;
  if (daily.wanted) await say(await daily.held(), "page.offline.none");
  button.addEventListener("click", () => void daily.begin().then((bundle) => say(bundle, "page.offline.failed")));
}

/** Let the service worker at `address` keep the page, once everything else is done. */
export function keepPage(address: string): void {
  if (!("serviceWorker" in navigator) || address === "") return;
  const register = () => void navigator.serviceWorker.register(address, { updateViaCache: "none" }).catch(() => undefined);
  const later = () => setTimeout(register, 1000);
  if (document.readyState === "complete") later();
  else addEventListener("load", later);
}
