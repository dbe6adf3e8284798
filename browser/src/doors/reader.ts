// The door of the worker that reads pictures, so that the page stays responsive. It asks for one file, the reader itself.

import { greyOf } from "../scan/grey";
import { prepare, readFrame, readPicture, type Code } from "../scan/reading";

/** One picture: as a bitmap where this browser can draw in a worker, else as pixels. `turn` is null for a whole picture. */
export interface Asked {
  readonly id: number;
  readonly picture: ImageBitmap | ImageData;
  readonly width: number;
  readonly height: number;
  readonly turn: number | null;
}

/** The codes found, or null where the reader could not be loaded or failed. */
export interface Answered {
  readonly id: number;
  readonly codes: readonly Code[] | null;
}

const worker = self as unknown as { onmessage: (event: MessageEvent<Asked>) => void; postMessage(answer: Answered): void };
const ready = prepare({ address: new URL(READER_WASM, location.href).href });
ready.catch(() => undefined); // told with the first answer

worker.onmessage = ({ data: { id, picture, width, height, turn } }) => {
  const read = async () => {
    await ready;
    const grey = greyOf("data" in picture ? picture : drawn(picture, width, height));
    return turn === null ? readPicture(grey) : readFrame(grey, turn);
  };
  read().then(
    (codes) => worker.postMessage({ id, codes }),
    () => worker.postMessage({ id, codes: null }),
  );
};

function drawn(bitmap: ImageBitmap, width: number, height: number): ImageData {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("no canvas");
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
