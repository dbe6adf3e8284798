// How a picture and a frame of the camera are looked at, one look after another, from cheap to dear. Pure.
// For pictures the same looks as verifier/decoding.py, so that phone and server read the same.

import { blurred, cropped, despeckled, enlarged, reduced, sharpened, stretchedContrast, type Grey } from "./grey";

/** Pixels of the longer side at which a picture is looked at first and second. */
const FAR = 1050;
const NEAR = 2100;

/** One picture to read, how it lies in the whole (scale and offset), and what to try on it. */
export interface Look {
  readonly grey: Grey;
  /** Pixels of the whole for one pixel of the look, and where its corner lies in the whole. */
  readonly scale: number;
  readonly left: number;
  readonly top: number;
  /** Seek light codes on dark ground too, which costs as much again. */
  readonly inverted: boolean;
  /** How the line between black and white is drawn: by the surroundings, or once for the whole picture. */
  readonly binarizer: "LocalAverage" | "GlobalHistogram";
  /** Where only others' codes were found so far, nothing dearer is worth trying. */
  readonly last: boolean;
}

const PLAIN = { scale: 1, left: 0, top: 0, inverted: false, binarizer: "LocalAverage", last: false } as const;

/** A picture: from afar, near, then with the eyes narrowed. */
export function* looksAt(whole: Grey): Generator<Look> {
  const side = Math.max(whole.width, whole.height);
  const step = Math.max(1, Math.ceil(side / NEAR));
  const near = step > 1 ? reduced(whole, step) : whole;
  const away = Math.ceil(Math.max(near.width, near.height) / FAR);
  if (away > 1) yield { ...PLAIN, grey: reduced(near, away), scale: step * away };
  yield { ...PLAIN, grey: near, scale: step };
  yield { ...PLAIN, grey: whole, inverted: true, last: true };
  for (const [grey, scale] of narrowed(near)) yield { ...PLAIN, grey, scale: step / scale, last: true };
  yield { ...PLAIN, grey: near, scale: step, binarizer: "GlobalHistogram", last: true };
}

/** For small, soft, noisy or flat pictures: calm the noise, then raise the edges, at growing size and cost. */
function* narrowed(near: Grey): Generator<readonly [Grey, number]> {
  const calm = blurred(near, 1);
  yield [sharpened(calm, 3), 1];
  yield [sharpened(enlarged(calm, 2), 4), 2];
  if (Math.max(near.width, near.height) <= FAR) {
    yield [sharpened(enlarged(blurred(near, 1.2), 3), 3), 3];
    yield [sharpened(enlarged(calm, 3), 9), 3];
  }
  yield [stretchedContrast(despeckled(near)), 1];
}

/** A frame of the camera: the whole, and in turn one look for poor cameras; the next frame gets the next one. */
export function* glances(frame: Grey, turn: number): Generator<Look> {
  const side = Math.max(frame.width, frame.height);
  if (side > FAR) yield { ...PLAIN, grey: reduced(frame, Math.ceil(side / FAR)), scale: Math.ceil(side / FAR) };
  yield { ...PLAIN, grey: frame, inverted: turn % 4 === 3 };
  const region = middle(frame);
  const within = { ...PLAIN, left: region.left, top: region.top };
  switch (turn % 4) {
    case 0:
      return yield { ...within, grey: enlarged(region.grey, 2), scale: 1 / 2 };
    case 1:
      return yield { ...within, grey: sharpened(blurred(region.grey, 1), 3) };
    case 2:
      return yield { ...within, grey: sharpened(enlarged(blurred(region.grey, 1), 2), 4), scale: 1 / 2 };
    default:
      return yield { ...within, grey: stretchedContrast(region.grey), binarizer: "GlobalHistogram" };
  }
}

/** The square in the middle that the page marks for the code. */
function middle(frame: Grey): { readonly grey: Grey; readonly left: number; readonly top: number } {
  const side = Math.floor(Math.min(frame.width, frame.height) * 0.9);
  const [left, top] = [(frame.width - side) >> 1, (frame.height - side) >> 1];
  return { grey: cropped(frame, left, top, side, side), left, top };
}
