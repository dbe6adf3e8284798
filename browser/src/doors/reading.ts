// The door for tests of reading: pictures that were decoded elsewhere, read with the same looks as on the page.

import { unb64 } from "../keys/b64";
import { prepare, readFrame, readPicture } from "../scan/reading";

export { prepare };

/** The texts of the codes in a grey picture, whose bytes come in base64; a frame of the camera where `turn` is given. */
export async function textsIn({ width, height, grey, turn }: { width: number; height: number; grey: string; turn?: number }): Promise<readonly string[]> {
  const data = new Uint8ClampedArray(unb64(grey) ?? []);
  const codes = turn === undefined ? readPicture({ width, height, data }) : readFrame({ width, height, data }, turn);
  return (await codes).map(({ text }) => text);
}
