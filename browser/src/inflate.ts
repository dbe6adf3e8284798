// Inflates raw DEFLATE (RFC 1951, with a preset dictionary) and zlib (RFC 1950), as strictly as zlib does. Pure.
//
// Own code, because an answer hangs on it: a stream must end where its bytes end, must be whole, and must stop at a limit.
// The small libraries do not tell where a stream ends and pass over codes and lengths that zlib refuses, so that the same
// text would be read here and refused by the command line.

import { EMPTY, type Bytes } from "./bytes";

export type Inflated = { readonly data: Bytes } | { readonly defect: "broken" | "too large" | "end" };

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_EXTRA = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const WINDOW = 32768;

class Broken extends Error {}
class TooLarge extends Error {}
class CutOff extends Error {}

/** A canonical Huffman code: how many codes of each length, and their symbols in order. */
interface Code {
  readonly counts: readonly number[];
  readonly symbols: readonly number[];
  readonly longest: number;
}

/** The code of these lengths. Over-full ones are broken; one that is not full passes only as a single code of one bit. */
function codeOf(lengths: readonly number[], mayBeSingle: boolean): Code {
  const counts = new Array<number>(16).fill(0);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  let left = 1;
  for (let bits = 1; bits < 16; bits++) {
    left = left * 2 - (counts[bits] as number);
    if (left < 0) throw new Broken();
  }
  const used = lengths.length - (counts[0] as number);
  if (used > 0 && left > 0 && !(mayBeSingle && used === counts[1])) throw new Broken();
  const places = counts.map((_, bits) => (bits === 0 ? 0 : counts.slice(1, bits).reduce((sum, count) => sum + count, 0)));
  const symbols: number[] = [];
  lengths.forEach((length, symbol) => {
    if (length) symbols[(places[length] as number)++] = symbol;
  });
  return { counts, symbols, longest: Math.max(1, ...lengths) };
}

const FIXED_LITERALS = codeOf(
  Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
  false,
);
const FIXED_DISTANCES = codeOf(new Array<number>(32).fill(5), false);

class Inflater {
  at = 0;
  size = 0;
  private bits = 0;
  private held = 0;
  readonly out: Bytes;

  constructor(
    private readonly data: Uint8Array,
    private readonly dictionary: Uint8Array,
    private readonly limit: number,
  ) {
    this.out = new Uint8Array(limit);
  }

  run(): void {
    for (let last = 0; !last; ) {
      last = this.take(1);
      const kind = this.take(2);
      if (kind === 0) this.stored();
      else if (kind === 1) this.block(FIXED_LITERALS, FIXED_DISTANCES);
      else if (kind === 2) this.block(...this.codes());
      else throw new Broken();
    }
  }

  private take(count: number): number {
    while (this.held < count) {
      const byte = this.data[this.at++];
      if (byte === undefined) throw new CutOff();
      this.bits |= byte << this.held;
      this.held += 8;
    }
    const value = this.bits & ((1 << count) - 1);
    this.bits >>>= count;
    this.held -= count;
    return value;
  }

  private symbol(code: Code): number {
    let value = 0;
    let first = 0;
    let index = 0;
    for (let bits = 1; bits <= code.longest; bits++) {
      value |= this.take(1);
      const count = code.counts[bits] as number;
      if (value - count < first) return code.symbols[index + value - first] as number;
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    throw new Broken();
  }

  private put(byte: number): void {
    if (this.size === this.limit) throw new TooLarge();
    this.out[this.size++] = byte;
  }

  private stored(): void {
    this.bits = 0;
    this.held = 0;
    const [length, complement] = [this.take(16), this.take(16)];
    if ((length ^ complement) !== 0xffff) throw new Broken();
    for (let left = length; left > 0; left--) this.put(this.take(8));
  }

  private codes(): [Code, Code] {
    const [literals, distances, codes] = [this.take(5) + 257, this.take(5) + 1, this.take(4) + 4];
    if (literals > 286 || distances > 30) throw new Broken();
    const order = new Array<number>(19).fill(0);
    for (const place of CODE_ORDER.slice(0, codes)) order[place] = this.take(3);
    const lengths = this.lengths(codeOf(order, false), literals + distances);
    if (!lengths[256]) throw new Broken(); // no code for the end of the block
    return [codeOf(lengths.slice(0, literals), true), codeOf(lengths.slice(literals), true)];
  }

  private lengths(code: Code, count: number): number[] {
    const lengths: number[] = [];
    while (lengths.length < count) {
      const symbol = this.symbol(code);
      if (symbol < 16) {
        lengths.push(symbol);
        continue;
      }
      const repeated = symbol === 16 ? lengths[lengths.length - 1] : 0;
      if (repeated === undefined) throw new Broken();
      const times = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (lengths.length + times > count) throw new Broken();
      for (let left = times; left > 0; left--) lengths.push(repeated);
    }
    return lengths;
  }

  private block(literals: Code, distances: Code): void {
    for (;;) {
      const symbol = this.symbol(literals);
      if (symbol < 256) this.put(symbol);
      else if (symbol === 256) return;
      else this.copy(symbol - 257, distances);
    }
  }

  private copy(place: number, distances: Code): void {
    const base = LENGTH_BASE[place];
    if (base === undefined) throw new Broken();
    const length = base + this.take(LENGTH_EXTRA[place] as number);
    const far = this.symbol(distances);
    const least = DISTANCE_BASE[far];
    if (least === undefined) throw new Broken();
    const distance = least + this.take(DISTANCE_EXTRA[far] as number);
    if (distance > Math.min(this.size + this.dictionary.length, WINDOW)) throw new Broken();
    for (let left = length; left > 0; left--) {
      const from = this.size - distance;
      this.put((from >= 0 ? this.out[from] : this.dictionary[this.dictionary.length + from]) as number);
    }
  }
}

/** What one whole raw stream holds, at most `limit` bytes. Surplus bytes and a cut-off stream are the defect "end". */
export function inflateRaw(data: Uint8Array, dictionary: Uint8Array, limit: number): Inflated {
  return caught(() => {
    const inflater = new Inflater(data, dictionary, limit);
    inflater.run();
    if (inflater.at !== data.length) throw new CutOff();
    return inflater.out.slice(0, inflater.size);
  });
}

/** What one whole zlib stream (RFC 1950) holds, at most `limit` bytes; its checksum is held against it. */
export function inflateZlib(data: Uint8Array, limit: number): Inflated {
  return caught(() => {
    const [method, flags] = [data[0], data[1]];
    if (method === undefined || flags === undefined) throw new CutOff();
    if ((method & 15) !== 8 || method >> 4 > 7 || ((method << 8) | flags) % 31 || flags & 32) throw new Broken();
    const inflater = new Inflater(data.subarray(2), EMPTY, limit);
    inflater.run();
    const body = inflater.out.slice(0, inflater.size);
    if (2 + inflater.at + 4 !== data.length) throw new CutOff();
    if (adler32(body) !== new DataView(data.buffer, data.byteOffset + 2 + inflater.at, 4).getUint32(0)) throw new Broken();
    return body;
  });
}

function caught(inflate: () => Bytes): Inflated {
  try {
    return { data: inflate() };
  } catch (defect) {
    if (defect instanceof Broken) return { defect: "broken" };
    if (defect instanceof TooLarge) return { defect: "too large" };
    if (defect instanceof CutOff) return { defect: "end" };
    throw defect;
  }
}

function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}
