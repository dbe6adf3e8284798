// Lays a Merkle tree out in tiles and bundles (c2sp.org/tlog-tiles). Pure; nothing read here is trusted before a proof.

import { bigEndian, type Bytes } from "../bytes";
import { RegistryError } from "../errors";
import { EMPTY_ROOT, HASH_BYTES, nodeHash, rootOfPacked } from "./merkle";

export const WIDTH = 256;

/** (level, n, width) gives exactly `width` hashes or the full tile; raises EvidenceMissing when it cannot. */
export type ReadTile = (level: number, n: number, width: number) => Uint8Array;

const invalid = (reason: string) => new RegistryError("registry.tile_invalid", { reason });

export function tilePath(level: number, n: number, width = WIDTH): string {
  return `tile/${level}/${numbered(n, width)}`;
}

export function bundlePath(n: number, width = WIDTH): string {
  return `tile/entries/${numbered(n, width)}`;
}

function numbered(n: number, width: number): string {
  if (n < 0 || width < 1 || width > WIDTH) throw invalid("number or width");
  let path = String(n % 1000).padStart(3, "0");
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) path = `x${String(rest % 1000).padStart(3, "0")}/${path}`;
  return width === WIDTH ? path : `${path}.p/${width}`;
}

/** The entries of a bundle; refuses more than 256 and any surplus or missing byte. */
export function decodeBundle(bundle: Bytes): readonly Bytes[] {
  const entries: Bytes[] = [];
  for (let at = 0; at < bundle.length; ) {
    const start = at + 2;
    at = start + bigEndian(bundle.subarray(start - 2, start));
    if (start > bundle.length || at > bundle.length || entries.length === WIDTH) throw invalid("bundle cut short or too long");
    entries.push(bundle.slice(start, at));
  }
  return entries;
}

/** How many full subtrees of 256^level leaves the tree of `size` leaves has. */
export function countAt(size: number, level: number): number {
  return Math.floor(size / WIDTH ** level);
}

/** (level, n, width) of every partial tile of the tree of `size` leaves, lowest level first. */
export function partialTiles(size: number): readonly (readonly [number, number, number])[] {
  const found: [number, number, number][] = [];
  for (let level = 0; countAt(size, level) > 0; level++) {
    const count = countAt(size, level);
    if (count % WIDTH) found.push([level, Math.floor(count / WIDTH), count % WIDTH]);
  }
  return found;
}

/** The root of a whole tree from its partial tiles alone, lowest level first: each is a row of full subtrees' roots. */
export function rootOfTails(tails: readonly Uint8Array[]): Bytes {
  let root: Bytes | null = null;
  for (const tail of tails) {
    for (const peak of peaks(tail).reverse()) root = root === null ? peak : nodeHash(peak, root);
  }
  return root ?? EMPTY_ROOT;
}

/** Roots of the largest full subtrees that fit a row of hashes, from the left. */
function peaks(row: Uint8Array): Bytes[] {
  const found: Bytes[] = [];
  for (let at = 0, left = row.length / HASH_BYTES; left > 0; ) {
    const span = 2 ** Math.floor(Math.log2(left));
    found.push(rootOfPacked(row.subarray(at, at + span * HASH_BYTES)));
    at += span * HASH_BYTES;
    left -= span;
  }
  return found;
}

/** The root of the tree of `size` leaves as its right-edge tiles give it. */
export function rootAt(size: number, read: ReadTile): Bytes {
  return rootOfTails(partialTiles(size).map(([level, n, width]) => readExactly(read, level, n, width)));
}

/** Read one tile and cut a full one to the wanted width. */
export function readExactly(read: ReadTile, level: number, n: number, width: number): Uint8Array {
  const tile = read(level, n, width);
  if (tile.length < width * HASH_BYTES || tile.length > WIDTH * HASH_BYTES) throw invalid("tile of the wrong width");
  return tile.subarray(0, width * HASH_BYTES);
}
