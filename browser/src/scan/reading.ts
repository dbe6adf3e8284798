// Reads the QR codes in a grey picture with zxing-cpp as WebAssembly; runs in a worker of its own, or in node.

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { rgba, type Grey } from "./grey";
import { glances, looksAt, type Look } from "./looks";

export type Point = readonly [x: number, y: number];

/** The text of one code, and its four corners as shares of the picture's width and height. */
export interface Code {
  readonly text: string;
  readonly corners: readonly Point[];
}

const MAX_CODES = 16;
const MAX_TEXT = 8192; // characters of one code; version 40 holds 7,089 digits
const LIKE_OURS = /[0-9]{150}\s*$/;

/** Load the reader from this address of our own, or from these bytes; never from anywhere else. */
export function prepare(from: { readonly address: string } | { readonly bytes: ArrayBuffer }): Promise<unknown> {
  return prepareZXingModule({ overrides: "bytes" in from ? { wasmBinary: from.bytes } : { locateFile: () => from.address }, fireImmediately: true });
}

/** All codes of a picture; looks until one in our form is found. */
export function readPicture(whole: Grey): Promise<readonly Code[]> {
  return lookedFor(looksAt(whole), whole);
}

/** The codes of one frame of the camera; `turn` counts the frames. */
export function readFrame(frame: Grey, turn: number): Promise<readonly Code[]> {
  return lookedFor(glances(frame, turn), frame);
}

async function lookedFor(looks: Iterable<Look>, whole: Grey): Promise<readonly Code[]> {
  const found = new Map<string, Code>();
  for (const look of looks) {
    for (const code of await seen(look, whole)) if (!found.has(code.text)) found.set(code.text, code);
    if ([...found.keys()].some((text) => LIKE_OURS.test(text)) || (found.size > 0 && look.last)) break;
  }
  return [...found.values()].slice(0, MAX_CODES);
}

async function seen(look: Look, { width, height }: Grey): Promise<readonly Code[]> {
  const codes = await readBarcodes(rgba(look.grey) as ImageData, {
    formats: ["QRCodeModel2"],
    tryInvert: look.inverted,
    binarizer: look.binarizer,
    textMode: "Plain",
    maxNumberOfSymbols: MAX_CODES,
  });
  const share = ({ x, y }: { x: number; y: number }): Point => [(x * look.scale + look.left) / width, (y * look.scale + look.top) / height];
  return codes
    .filter(({ isValid, text }) => isValid && text !== "" && text.length <= MAX_TEXT)
    .map(({ text, position }) => ({ text, corners: [position.topLeft, position.topRight, position.bottomRight, position.bottomLeft].map(share) }));
}
