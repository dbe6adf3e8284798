// Reads a ZIP file from its table of contents (APPNOTE 4.3): stored and deflated members, no other packing, no ZIP64.

import { EMPTY, fromAscii, type Bytes } from "../bytes";
import { inflateRaw } from "../inflate";

const END = 0x06054b50;
const LISTED = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_MEMBERS = 65_535;

interface Member {
  readonly packing: number;
  readonly packed: number;
  readonly at: number;
}

export class Zip {
  private readonly view: DataView;
  private readonly members = new Map<string, Member>();

  /** Raises RangeError for what is no such file. */
  constructor(private readonly data: Bytes) {
    this.view = new DataView(data.buffer, data.byteOffset, data.length);
    const end = this.endRecord();
    let at = this.view.getUint32(end + 16, true);
    for (let left = this.view.getUint16(end + 10, true); left > 0; left--) at = this.listed(at);
  }

  private endRecord(): number {
    for (let at = this.data.length - 22; at >= Math.max(0, this.data.length - 22 - MAX_MEMBERS); at--) {
      if (this.view.getUint32(at, true) === END) return at;
    }
    throw new RangeError("no ZIP file");
  }

  private listed(at: number): number {
    if (this.view.getUint32(at, true) !== LISTED) throw new RangeError("no ZIP file");
    const [name, extra, comment] = [28, 30, 32].map((offset) => this.view.getUint16(at + offset, true)) as [number, number, number];
    const path = fromAscii(this.data.subarray(at + 46, at + 46 + name));
    const member = { packing: this.view.getUint16(at + 10, true), packed: this.view.getUint32(at + 20, true), at: this.view.getUint32(at + 42, true) };
    if (path !== null) this.members.set(path, member);
    return at + 46 + name + extra + comment;
  }

  /** A member's bytes, at most `limit`; null where there is none or it does not unpack to so few. */
  read(path: string, limit: number): Bytes | null {
    const member = this.members.get(path);
    if (member === undefined || member.at + 30 > this.data.length || this.view.getUint32(member.at, true) !== LOCAL) return null;
    const begin = member.at + 30 + this.view.getUint16(member.at + 26, true) + this.view.getUint16(member.at + 28, true);
    const packed = this.data.slice(begin, begin + member.packed);
    if (member.packing === 0) return packed.length <= limit ? packed : null;
    const found = member.packing === 8 ? inflateRaw(packed, EMPTY, limit) : null;
    return found !== null && "data" in found ? found.data : null;
  }
}
