// What the build brings in beside TypeScript: bytes, pictures and sentences.

declare module "*.bin" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.svg" {
  const address: string;
  export default address;
}

declare module "words:*" {
  const sentences: Readonly<Record<string, string>>;
  export default sentences;
}

/** File names that the build fills in: the worker that reads pictures, and the reader in WebAssembly. */
declare const READER_WORKER: string;
declare const READER_WASM: string;
