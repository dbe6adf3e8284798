// The door of the service worker: keeps the page itself, so that it opens without a network. It stores no verdict and no
// address that anybody typed or scanned: only the files that the server names, under the addresses that the server gives.
//
// The server writes `self.SHELL = {…}` before this script (verifier/installed.py): a new build is a new script, which the
// browser looks for at every visit. A page names its scripts by their content, so an old page and a new one never mix.

interface Shell {
  /** The digest of everything below; the header X-Shell of a page from the network says the same while nothing changed. */
  readonly build: string;
  /** Pages by address, each with the SHA-256 of its bytes in hexadecimal. */
  readonly pages: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  /** Shown where this copy could not be confirmed for too long. */
  readonly outdated: string;
}

interface Lifetime extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Asked extends Lifetime {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

interface Worker {
  readonly SHELL: Shell;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(kind: "install" | "activate", heard: (event: Lifetime) => void): void;
  addEventListener(kind: "fetch", heard: (event: Asked) => void): void;
}

const worker = globalThis as unknown as Worker;
const { build, pages, files, outdated } = worker.SHELL;
const PREFIX = "hallmark-shell-";
const SHELL = PREFIX + build;
const STATE = "hallmark-state";
const CONFIRMED = "/confirmed";
/** How long a page from the network is waited for, in milliseconds. */
const PATIENCE = 4000;
/** How long a copy serves that no server has confirmed, in milliseconds. */
const LONGEST = 30 * 86_400_000;

async function hexDigest(data: ArrayBuffer): Promise<string> {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", data))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Take in all of one build, or nothing: a page that is another build's ends the installation, and the next visit tries again. */
async function install(): Promise<void> {
  try {
    const cache = await caches.open(SHELL);
    await Promise.all([...Object.entries(pages).map(([address, digest]) => keepPage(cache, address, digest)), cache.addAll([...files])]);
  } catch (defect) {
    await caches.delete(SHELL);
    throw defect;
  }
  await confirmed();
  await worker.skipWaiting();
}

async function keepPage(cache: Cache, address: string, digest: string): Promise<void> {
  const answer = await fetch(address, { cache: "no-cache", credentials: "omit" });
  const data = await answer.arrayBuffer();
  if (!answer.ok || (await hexDigest(data)) !== digest) throw new Error("another build");
  await cache.put(address, new Response(data, { headers: answer.headers }));
}

async function confirmed(): Promise<void> {
  await (await caches.open(STATE)).put(CONFIRMED, new Response(String(Date.now())));
}

async function unconfirmedFor(): Promise<number> {
  const kept = await (await caches.open(STATE)).match(CONFIRMED);
  return Date.now() - Number((await kept?.text()) ?? 0);
}

/** The build before this one stays: a page of it that is still open may load its other language. */
async function tidy(): Promise<void> {
  const shells = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== SHELL);
  await Promise.all(shells.slice(0, -1).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** The page from the network, so that it is never an old one where there is a newer; else the copy. */
async function page(request: Request, lang: string): Promise<Response> {
  const waiting = new AbortController();
  const bell = setTimeout(() => waiting.abort(), PATIENCE);
  try {
    const answer = await fetch(request, { signal: waiting.signal });
    if (answer.status < 500) {
      if (answer.headers.get("X-Shell") === build) await confirmed();
      return answer;
    }
  } catch {
    // no network
  } finally {
    clearTimeout(bell);
  }
  return copy(lang);
}

async function copy(lang: string): Promise<Response> {
  const age = await unconfirmedFor();
  const kept = await (await caches.open(SHELL)).match(`/?lang=${lang}`);
  const usable = kept && age >= 0 && age < LONGEST;
  return usable ? kept : new Response(outdated, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'" } });
}

/** A file whose address carries its content's digest: the same for ever, wherever it comes from. */
async function file(address: string, ours: boolean): Promise<Response> {
  const kept = await caches.match(address);
  if (kept) return kept;
  const answer = await fetch(address, { credentials: "omit" });
  if (answer.ok && ours) await (await caches.open(SHELL)).put(address, answer.clone());
  return answer;
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(tidy()));
worker.addEventListener("fetch", (event) => {
  const { origin, pathname, search, searchParams } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (event.request.mode === "navigate") {
    const lang = searchParams.get("lang") ?? (/^zh/.test(navigator.language) ? "zh" : "en");
    if (pathname === "/") event.respondWith(page(event.request, lang === "en" ? "en" : "zh"));
  } else if (files.includes(pathname + search) || /^\/static\/app\/[\w-]+\.(js|wasm)$/.test(pathname)) {
    event.respondWith(file(pathname + search, pathname.startsWith("/static/app/") && search === ""));
  }
});

export {};
