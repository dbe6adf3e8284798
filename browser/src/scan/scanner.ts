// The page's own scanner: camera, picture and file. All reading happens on this device; only a PDF, and only when the
// person says so, goes to the server. This module, the worker and the reader are loaded when they are first wanted.

import type { Words } from "../verifier/words";
import { Camera } from "./camera";
import { HEAD, kindOf, MAX_BYTES, MAX_PIXELS } from "./file";
import type { SORTING } from "./found";
import { Panel } from "./panel";
import { PictureReader } from "./pictures";
import type { Code } from "./reading";

/** Where what was read goes: the text, the day asked about ("" for now), and whether codes of others lay beside it. */
export type Check = (text: string, day: string, beside: boolean) => void;
/** Hands a file to the server. */
export type Send = (file: File) => void;

const PAUSE = 60; // milliseconds between two frames, so that a slow machine can do anything else

export class Scanner {
  private readonly panel: Panel;
  private readonly reader = new PictureReader();
  private camera: Camera | null = null;
  private looking = 0; // counts openings, so that an old one ends

  constructor(
    section: HTMLElement,
    words: Words,
    private readonly hosts: readonly string[],
    private readonly sorting: typeof SORTING,
    private readonly check: Check,
    private readonly send: Send,
  ) {
    this.panel = new Panel(section, words);
    document.addEventListener("visibilitychange", () => document.hidden && this.camera && this.stop("scan.paused"));
    addEventListener("pagehide", () => this.stop());
    section.addEventListener("keydown", ({ key }) => key === "Escape" && this.camera && this.stop("scan.stopped"));
  }

  /** Open the camera and read until one of our codes is in view, the person stops it, or the page is hidden. */
  async watch(): Promise<void> {
    this.stop();
    const mine = (this.looking += 1);
    this.panel.say("scan.camera.asking");
    const camera = await Camera.open(this.panel.video);
    if (typeof camera === "string") return this.refused(camera);
    if (mine !== this.looking || document.hidden) return camera.close();
    this.camera = camera;
    const stop = ["scan.stop", () => this.stop("scan.stopped"), true] as const;
    this.panel.offer(camera.hasLight ? [this.lamp(camera, true), stop] : [stop], true);
    this.panel.say("scan.looking");
    this.panel.face();
    await this.frames(mine);
  }

  /** Read a picture or a text here, or ask whether a PDF may be sent. */
  async file(file: File, day: string, compares = false): Promise<void> {
    this.stop();
    this.panel.offer([]);
    this.panel.face();
    if (file.size === 0) return this.panel.say("scan.file.empty");
    const kind = kindOf(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()), file.size);
    if (kind.kind === "pdf" || compares) return this.ask(kind.kind === "pdf" ? "scan.pdf" : "scan.compares", file);
    if (file.size > MAX_BYTES) return this.panel.say("scan.file.too_large", { limit: MAX_BYTES >> 20 });
    if (kind.kind === "text") return this.check((await file.text()).trim(), day, false);
    if (kind.kind !== "picture") return this.panel.say(kind.kind === "unknown" ? "scan.file.unknown" : "scan.file.unreadable");
    if (kind.width * kind.height > MAX_PIXELS) return this.panel.say("scan.file.too_many_pixels", { width: kind.width, height: kind.height, limit: MAX_PIXELS / 1_000_000 });
    this.panel.say("scan.reading");
    await this.picture(file, day);
  }

  /** A text from the clipboard; false where it is none of ours, so that the page can leave it to the person. */
  text(text: string, day: string): boolean {
    if (!this.sorting.isOurs(text)) return false;
    this.stop();
    this.check(text, day, false);
    return true;
  }

  private async picture(file: File, day: string): Promise<void> {
    let codes: readonly Code[] | null;
    try {
      codes = await this.reader.picture(file);
    } catch {
      return this.panel.say("scan.file.unreadable");
    }
    if (codes === null) return this.ask("scan.no_reader", file);
    const { ours, others } = this.sorting.sorted(codes);
    if (ours.length > 1) {
      const bitmap = await createImageBitmap(file);
      return this.panel.choose(bitmap, bitmap.width, bitmap.height, ours, ({ text }) => this.check(text, day, others.length > 0));
    }
    const spoken = ours[0] ?? others[0];
    if (spoken === undefined) return this.ask("scan.nothing", file);
    this.check(spoken.text, day, ours.length > 0 && others.length > 0);
  }

  private async frames(mine: number): Promise<void> {
    let before: readonly Code[] = [];
    for (let turn = 0; ; turn += 1) {
      const codes = await this.seen(turn);
      if (mine !== this.looking) return;
      if (!this.panel.shown) return this.stop();
      if (codes === null) return this.stop("scan.camera.busy");
      if (before.some(({ text }) => this.sorting.isOurs(text))) return this.settled([...codes, ...before.filter(({ text }) => codes.every((each) => each.text !== text))]);
      before = codes;
      const { ours, others } = this.sorting.sorted(codes);
      if (ours.length === 0 && others[0]) this.panel.say(...this.sorting.named(others[0].text, this.hosts));
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  private async seen(turn: number): Promise<readonly Code[] | null> {
    try {
      return await this.reader.frame(this.panel.video, turn);
    } catch {
      return []; // a frame that is not there yet
    }
  }

  /** The camera has done its work: these lay before it in two frames, so that none of several is overlooked. */
  private settled(codes: readonly Code[]): void {
    const { ours, others } = this.sorting.sorted(codes);
    const picture = still(this.panel.video);
    this.stop();
    const chosen = ({ text }: Code) => this.check(text, "", others.length > 0);
    if (ours.length === 1) chosen(ours[0] as Code);
    else this.panel.choose(picture, picture.width, picture.height, ours, chosen);
  }

  /** Put the camera out, and say why. */
  private stop(code?: string): void {
    this.looking += 1;
    if (this.camera === null) return;
    this.camera.close();
    this.camera = null;
    this.panel.video.srcObject = null;
    this.panel.offer([]);
    if (code) this.panel.say(code);
    this.panel.face();
  }

  private lamp(camera: Camera, on: boolean): readonly [string, () => void] {
    const turn = async () => {
      const done = await camera.light(on);
      if (this.camera === camera) this.panel.offer([this.lamp(camera, done ? !on : on), ["scan.stop", () => this.stop("scan.stopped"), true]], true);
      this.panel.face();
    };
    return [on ? "scan.light.on" : "scan.light.off", () => void turn()];
  }

  private refused(code: string): void {
    this.panel.offer([]);
    this.panel.say(code);
  }

  /** What only the server can do is done when the person says so. */
  private ask(code: string, file: File): void {
    const decline = () => {
      this.panel.offer([]);
      this.panel.say("scan.not_sent");
    };
    this.panel.offer([["scan.send", () => this.send(file)], ["scan.keep", decline, true]]);
    this.panel.say(code);
    this.panel.face();
  }
}

function still(video: HTMLVideoElement): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return canvas;
}
