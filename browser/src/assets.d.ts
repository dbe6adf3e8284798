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
