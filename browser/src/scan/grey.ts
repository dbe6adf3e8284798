// Grey pictures and what makes a poor one readable: smaller, larger, calmer, sharper, flatter. Pure; no canvas.

/** One byte a pixel, row by row from the top. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** Of pixels as a canvas gives them; what is transparent is white, as on paper. */
export function greyOf({ width, height, data }: { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray }): Grey {
  const grey = new Uint8ClampedArray(width * height);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4) {
    const light = (77 * (data[from] as number) + 150 * (data[from + 1] as number) + 29 * (data[from + 2] as number)) >> 8;
    const alpha = data[from + 3] as number;
    grey[at] = alpha === 255 ? light : (light * alpha + 255 * (255 - alpha)) / 255;
  }
  return { width, height, data: grey };
}

/** As a canvas would hold it, which is what the reader takes. */
export function rgba({ width, height, data }: Grey): { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray } {
  const wide = new Uint32Array(data.length);
  for (let at = 0; at < data.length; at += 1) wide[at] = (data[at] as number) * 0x010101 + 0xff000000;
  return { width, height, data: new Uint8ClampedArray(wide.buffer) };
}

/** A part of the picture; it must lie inside. */
export function cropped({ width, data }: Grey, left: number, top: number, wide: number, high: number): Grey {
  const part = new Uint8ClampedArray(wide * high);
  for (let y = 0; y < high; y += 1) part.set(data.subarray((top + y) * width + left, (top + y) * width + left + wide), y * wide);
  return { width: wide, height: high, data: part };
}

/** Smaller by a whole factor: the mean of each square. */
export function reduced({ width, height, data }: Grey, factor: number): Grey {
  const [wide, high] = [Math.floor(width / factor), Math.floor(height / factor)];
  const small = new Uint8ClampedArray(wide * high);
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      let sum = 0;
      for (let row = 0; row < factor; row += 1) {
        const from = (y * factor + row) * width + x * factor;
        for (let column = 0; column < factor; column += 1) sum += data[from + column] as number;
      }
      small[y * wide + x] = sum / (factor * factor);
    }
  }
  return { width: wide, height: high, data: small };
}

/** Larger by a whole factor, with smooth edges (cubic, a = -1/2). */
export function enlarged(grey: Grey, factor: number): Grey {
  return stretched(stretched(grey, factor, true), factor, false);
}

function stretched({ width, height, data }: Grey, factor: number, across: boolean): Grey {
  const [wide, high] = across ? [width * factor, height] : [width, height * factor];
  const large = new Uint8ClampedArray(wide * high);
  const [length, step] = across ? [width, 1] : [height, width];
  const weights = Array.from({ length: factor }, (_, phase) => cubic(((phase + 0.5) / factor + 0.5) % 1));
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      const place = across ? x : y;
      const first = Math.floor((place + 0.5) / factor - 0.5) - 1;
      const start = across ? y * width : x;
      const four = weights[place % factor] as readonly number[];
      let sum = 0;
      for (let tap = 0; tap < 4; tap += 1) sum += (four[tap] as number) * (data[start + Math.min(length - 1, Math.max(0, first + tap)) * step] as number);
      large[y * wide + x] = sum;
    }
  }
  return { width: wide, height: high, data: large };
}

function cubic(t: number): readonly number[] {
  const near = (d: number) => (1.5 * d - 2.5) * d * d + 1;
  const far = (d: number) => ((-0.5 * d + 2.5) * d - 4) * d + 2;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

/** Three means in a row come close to a Gaussian of this standard deviation, and cost the same at any width. */
export function blurred(grey: Grey, sigma: number): Grey {
  const { width, height } = grey;
  const radius = boxRadius(sigma, 3);
  let from = grey.data;
  for (let pass = 0; pass < 3; pass += 1) from = averaged(averaged(from, width, height, 1, width, radius), height, width, width, 1, radius);
  return { width, height, data: from };
}

/** The radius of a box, with its fraction, of which so many make the Gaussian. */
function boxRadius(sigma: number, passes: number): number {
  const variance = (sigma * sigma) / passes;
  const whole = Math.floor((Math.sqrt(12 * variance + 1) - 1) / 2);
  return whole + ((2 * whole + 1) * (whole * (whole + 1) - 3 * variance)) / (6 * (variance - (whole + 1) * (whole + 1)));
}

function averaged(data: Uint8ClampedArray, length: number, lines: number, step: number, stride: number, radius: number): Uint8ClampedArray {
  const out = new Uint8ClampedArray(data.length);
  const whole = Math.floor(radius);
  const edge = radius - whole;
  const share = 1 / (2 * radius + 1);
  for (let line = 0; line < lines; line += 1) {
    const start = line * stride;
    const value = (place: number) => data[start + (place < 0 ? 0 : place >= length ? length - 1 : place) * step] as number;
    let sum = 0;
    for (let place = -whole; place <= whole; place += 1) sum += value(place);
    for (let place = 0; place < length; place += 1) {
      out[start + place * step] = (sum + edge * (value(place - whole - 1) + value(place + whole + 1))) * share;
      sum += value(place + whole + 1) - value(place - whole);
    }
  }
  return out;
}

/** Edges raised: what differs from its surroundings, two and a half times over. */
export function sharpened(grey: Grey, sigma: number): Grey {
  const soft = blurred(grey, sigma).data;
  return { ...grey, data: grey.data.map((value, at) => value + 2.5 * (value - (soft[at] as number))) };
}

/** Specks gone: the middle one of nine; the rim stays. */
export function despeckled({ width, height, data }: Grey): Grey {
  const out = data.slice();
  const nine = new Uint8Array(9);
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      for (let row = 0; row < 3; row += 1) nine.set(data.subarray((y + row - 1) * width + x - 1, (y + row - 1) * width + x + 2), row * 3);
      out[y * width + x] = nine.sort()[4] as number;
    }
  }
  return { width, height, data: out };
}

/** The darkest and lightest fiftieth become black and white, all else in between. */
export function stretchedContrast(grey: Grey): Grey {
  const counts = new Uint32Array(256);
  for (const value of grey.data) counts[value] = (counts[value] as number) + 1;
  const cut = grey.data.length / 50;
  const [low, high] = [edgeOf([...counts], cut), 255 - edgeOf([...counts].reverse(), cut)];
  return high <= low ? grey : { ...grey, data: grey.data.map((value) => ((value - low) * 255) / (high - low)) };
}

function edgeOf(counts: readonly number[], cut: number): number {
  let seen = 0;
  return counts.findIndex((count) => (seen += count) > cut);
}
