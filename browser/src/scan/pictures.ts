// Hands pictures to the reading worker: one worker for a page, begun at the first picture.

import type { Answered, Asked } from "../doors/reader";
import type { Code } from "./reading";

/** Pixels that are looked at: a larger picture is drawn smaller, which still leaves 4,000 to a side. */
const MAX_DRAWN = 16_000_000;

export class PictureReader {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, (codes: readonly Code[] | null) => void>();
  private asked = 0;

  constructor() {
    this.worker = new Worker(new URL(READER_WORKER, import.meta.url));
    this.worker.onmessage = ({ data }: MessageEvent<Answered>) => this.answered(data.id, data.codes);
    this.worker.onerror = () => [...this.waiting.keys()].forEach((id) => this.answered(id, null));
  }

  /** The codes in a picture; null where the reader fails here. Raises where the picture cannot be decoded. */
  async picture(file: Blob): Promise<readonly Code[] | null> {
    return this.read(await createImageBitmap(file), null);
  }

  /** The codes in what a camera shows now; `turn` counts the frames. */
  async frame(video: HTMLVideoElement, turn: number): Promise<readonly Code[] | null> {
    return this.read(await createImageBitmap(video), turn);
  }

  private read(bitmap: ImageBitmap, turn: number | null): Promise<readonly Code[] | null> {
    const scale = Math.min(1, Math.sqrt(MAX_DRAWN / (bitmap.width * bitmap.height)));
    const [width, height] = [Math.max(1, Math.floor(bitmap.width * scale)), Math.max(1, Math.floor(bitmap.height * scale))];
    const picture = "OffscreenCanvas" in globalThis ? bitmap : drawn(bitmap, width, height);
    const question: Asked = { id: (this.asked += 1), picture, width, height, turn };
    return new Promise((resolve) => {
      this.waiting.set(question.id, resolve);
      this.worker.postMessage(question, "data" in picture ? [picture.data.buffer] : [picture]);
    });
  }

  private answered(id: number, codes: readonly Code[] | null): void {
    this.waiting.get(id)?.(codes);
    this.waiting.delete(id);
  }
}

function drawn(bitmap: ImageBitmap, width: number, height: number): ImageData {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("no canvas");
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
