// Looks at a file before anything is decoded: its kind by its first bytes, a picture's size by its header. Pure.

export const MAX_BYTES = 20 << 20;
export const MAX_PIXELS = 40_000_000;
export const MAX_TEXT = 64 << 10;
/** Bytes from the beginning in which a header must say its size: colour profiles and previews stand before it. */
export const HEAD = 1 << 20;
const MAX_SEGMENTS = 2000;

export type Kind =
  | { readonly kind: "picture"; readonly width: number; readonly height: number }
  | { readonly kind: "pdf" | "text" | "unknown" | "unreadable" };

/** What the file is that begins with these bytes and has `size` in all; its name has no say. */
export function kindOf(head: Uint8Array, size: number): Kind {
  if (starts(head, "%PDF-")) return { kind: "pdf" };
  const sizeOf = starts(head, "\x89PNG\r\n\x1a\n") ? pngSize : starts(head, "\xff\xd8\xff") ? jpegSize : starts(head, "RIFF") && starts(head.subarray(8), "WEBP") ? webpSize : null;
  if (sizeOf === null) return { kind: size <= MAX_TEXT && head.every((byte) => byte > 0 && byte < 0x80) ? "text" : "unknown" };
  const found = sizeOf(new DataView(head.buffer, head.byteOffset, head.byteLength));
  return found === null || found[0] < 1 || found[1] < 1 ? { kind: "unreadable" } : { kind: "picture", width: found[0], height: found[1] };
}

function starts(data: Uint8Array, letters: string): boolean {
  return data.length >= letters.length && [...letters].every((letter, at) => data[at] === letter.charCodeAt(0));
}

type Size = readonly [width: number, height: number] | null;

/** PNG, section 11.2.1: IHDR comes first. */
function pngSize(head: DataView): Size {
  return head.byteLength >= 24 && head.getUint32(12) === 0x49484452 ? [head.getUint32(16), head.getUint32(20)] : null;
}

/** ITU-T T.81, B.2.2: the first start-of-frame segment. */
function jpegSize(head: DataView): Size {
  let at = 2;
  for (let segment = 0; segment < MAX_SEGMENTS && at + 9 <= head.byteLength; segment += 1) {
    while (at + 9 < head.byteLength && head.getUint8(at) === 0xff && head.getUint8(at + 1) === 0xff) at += 1; // fill bytes
    const marker = head.getUint8(at + 1);
    if (head.getUint8(at) !== 0xff || [0x00, 0xd9, 0xda].includes(marker)) return null;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return [head.getUint16(at + 7), head.getUint16(at + 5)];
    at += (marker >= 0xd0 && marker <= 0xd8) || marker === 0x01 ? 2 : 2 + head.getUint16(at + 2);
  }
  return null;
}

/** RFC 9649, section 2: the canvas of VP8X, else the size in the one frame. */
function webpSize(head: DataView): Size {
  if (head.byteLength < 30) return null;
  const three = (at: number) => head.getUint16(at, true) + (head.getUint8(at + 2) << 16);
  switch (head.getUint32(12)) {
    case 0x56503858: // VP8X
      return [1 + three(24), 1 + three(27)];
    case 0x5650384c: // VP8L
      return [1 + (head.getUint32(21, true) & 0x3fff), 1 + ((head.getUint32(21, true) >>> 14) & 0x3fff)];
    case 0x56503820: // VP8 and a space
      return [head.getUint16(26, true) & 0x3fff, head.getUint16(28, true) & 0x3fff];
    default:
      return null;
  }
}
