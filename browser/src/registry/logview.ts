// Proves tiles against one checkpoint and answers which leaf hash stands at an index. Fetching is the caller's.

import { equal } from "../bytes";
import { RegistryError } from "../errors";
import { HASH_BYTES, proofInvalid, rootOfPacked } from "./merkle";
import { countAt, partialTiles, readExactly, rootOfTails, tilePath, WIDTH, type ReadTile } from "./tiles";

/** The tree of `size` leaves under `root`, read through `read` and trusted only as far as it is proven. */
export class LogView {
  private readonly proven = new Map<string, Uint8Array>();
  private edgeIsProven = false;

  constructor(
    readonly size: number,
    private readonly root: Uint8Array,
    private readonly read: ReadTile,
  ) {}

  /** The leaf hash at `index`, proven under the root. */
  leafHash(index: number): Uint8Array {
    if (index < 0 || index >= this.size) throw proofInvalid("index beyond the tree");
    this.proveEdge();
    const at = (index % WIDTH) * HASH_BYTES;
    return this.prove(0, Math.floor(index / WIDTH)).subarray(at, at + HASH_BYTES);
  }

  /** A whole tile of any level, proven under the root. */
  tile(level: number, n: number): Uint8Array {
    this.proveEdge();
    return this.prove(level, n);
  }

  private proveEdge(): void {
    if (this.edgeIsProven) return;
    const places = partialTiles(this.size);
    const tails = places.map(([level, n, width]) => readExactly(this.read, level, n, width));
    if (!equal(rootOfTails(tails), this.root)) throw proofInvalid("root differs");
    places.forEach(([level, n], at) => this.proven.set(`${level}/${n}`, tails[at] as Uint8Array));
    this.edgeIsProven = true;
  }

  /** A tile, proven by its root in the tile above; the walk up ends at the right edge. */
  private prove(level: number, n: number): Uint8Array {
    const known = this.proven.get(`${level}/${n}`);
    if (known) return known;
    if (n >= countAt(this.size, level + 1)) throw new RegistryError("registry.evidence_missing", { path: tilePath(level, n) });
    const above = this.prove(level + 1, Math.floor(n / WIDTH));
    const tile = readExactly(this.read, level, n, WIDTH);
    const at = (n % WIDTH) * HASH_BYTES;
    if (!equal(rootOfPacked(tile), above.subarray(at, at + HASH_BYTES))) throw proofInvalid("tile differs");
    this.proven.set(`${level}/${n}`, tile);
    return tile;
  }
}
