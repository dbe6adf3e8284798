// Builds the browser verifier into verifier/static/app/ (pages) and browser/build/ (tests), from web/i18n and src/.
// worker/ holds the service worker, which the server completes. Other names carry a digest of their content; each file also stands there compressed; manifest.json says what the page loads.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const PROJECT = dirname(HERE);
const APP = join(PROJECT, "verifier", "static", "app");
const FRESH = `${APP}.fresh`;
// The sentences that the page can say; all others stay out of the phone. Codes are made up in these families, and
// otherwise stand in the sources or, for the page's frame, in the templates.
const FAMILIES = /^(?:result|reason|step|outcome|fact|note|age|basis|event|value|check|trust)\./;
const CODE = /"([a-z]+\.[a-z_.0-9]+)"/g;

function codesIn(folder, ending) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(ending));
  return files.flatMap((name) => [...readFileSync(join(folder, name), "utf8").matchAll(CODE)].map(([, code]) => code));
}

const SAID = new Set([...codesIn(join(HERE, "src"), ".ts"), ...codesIn(join(PROJECT, "verifier", "templates"), ".html"), ...codesIn(join(PROJECT, "web"), ".html")]);

/** `words:zh` and `words:en`: the one message catalogue, one language a file. */
const words = {
  name: "words",
  setup(bundler) {
    bundler.onResolve({ filter: /^words:/ }, ({ path }) => ({ path: path.slice(6), namespace: "words" }));
    bundler.onLoad({ filter: /.*/, namespace: "words" }, ({ path }) => ({ contents: `export default ${JSON.stringify(sentences(path))};`, loader: "js" }));
  },
};

function sentences(language) {
  const folder = join(PROJECT, "web", "i18n");
  const files = readdirSync(folder).filter((name) => name.endsWith(".json")).sort();
  const all = files.flatMap((name) => Object.entries(JSON.parse(readFileSync(join(folder, name), "utf8"))));
  return Object.fromEntries(all.filter(([code]) => FAMILIES.test(code) || SAID.has(code)).map(([code, said]) => [code, said[language]]));
}

const shared = {
  absWorkingDir: HERE,
  bundle: true,
  format: "esm",
  charset: "utf8",
  legalComments: "eof",
  loader: { ".bin": "binary", ".svg": "dataurl" },
  plugins: [words],
  logLevel: "warning",
  logLimit: 5,
};

const digestOf = (data) => createHash("sha256").update(data).digest("hex").slice(0, 8).toUpperCase();
const TARGET = ["es2020", "safari15", "chrome87", "firefox78"];

rmSync(FRESH, { recursive: true, force: true });
mkdirSync(FRESH, { recursive: true });
// The reader of QR codes: its WebAssembly under a name of its content, and the worker that loads it from there.
const wasm = readFileSync(join(HERE, "node_modules", "zxing-wasm", "dist", "reader", "zxing_reader.wasm"));
const READER = `zxing_reader-${digestOf(wasm)}.wasm`;
writeFileSync(join(FRESH, READER), wasm);
const worker = await build({
  ...shared,
  entryPoints: ["src/doors/reader.ts"],
  outdir: FRESH,
  entryNames: "[name]-[hash]",
  format: "iife",
  minify: true,
  metafile: true,
  define: { READER_WASM: JSON.stringify(READER) },
  target: TARGET,
});
const WORKER = basename(Object.keys(worker.metafile.outputs)[0]);
const { metafile } = await build({
  ...shared,
  entryPoints: ["src/doors/page.ts"],
  outdir: FRESH,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  splitting: true,
  minify: true,
  metafile: true,
  define: { READER_WORKER: JSON.stringify(WORKER) },
  target: TARGET,
});
await build({ ...shared, entryPoints: ["src/doors/worker.ts"], outfile: join(FRESH, "worker", "worker.js"), format: "iife", minify: true, target: ["es2020", "safari15", "chrome87", "firefox78"] });
await build({ ...shared, entryPoints: ["src/doors/compare.ts"], outfile: "build/compare.js", platform: "neutral", mainFields: ["module", "main"], target: "node22" });
await build({ ...shared, entryPoints: ["src/doors/reading.ts"], outfile: "build/reading.js", platform: "neutral", mainFields: ["module", "main"], target: "node22" });
writeFileSync(join(HERE, "build", READER.replace(/-.*/, ".wasm")), wasm);

const outputs = Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]);
const entry = outputs.find(([, output]) => output.entryPoint === "src/doors/page.ts");
const language = (name) => outputs.find(([, output]) => output.entryPoint === `words:${name}`)?.[0];
const data = readFileSync(join(FRESH, entry[0]));
const manifest = {
  entry: entry[0],
  integrity: `sha384-${createHash("sha384").update(data).digest("base64")}`,
  needed: entry[1].imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path)),
  words: { zh: language("zh"), en: language("en") },
};
for (const name of [...outputs.map(([each]) => each), WORKER, READER]) {
  const file = readFileSync(join(FRESH, name));
  writeFileSync(join(FRESH, `${name}.gz`), gzipSync(file, { level: 9 }));
  writeFileSync(join(FRESH, `${name}.br`), brotliCompressSync(file, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: file.length } }));
}
writeFileSync(join(FRESH, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
rmSync(APP, { recursive: true, force: true });
renameSync(FRESH, APP);
for (const name of readdirSync(APP)) console.log(`${name} ${statSync(join(APP, name)).size}`);
