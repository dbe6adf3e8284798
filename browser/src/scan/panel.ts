// What a person sees of the scanner: the camera's picture, one sentence on what happens, choices, and buttons.

import { h, nodes, type Child } from "../page/elements";
import type { Words } from "../verifier/words";
import type { Code } from "./reading";

/** Sentences that warn of somebody else's site. */
const ALARMS = { "scan.other.link": true, "scan.other.lookalike": true };

export class Panel {
  readonly video = h("video", { playsinline: "", muted: "", "data-scan-video": "yes" }) as HTMLVideoElement;
  private readonly said = h("p", { class: "notice", role: "status" });
  private readonly view = h("div", { class: "viewfinder" }, this.video);
  private readonly choices = h("div", { class: "choices" });
  private readonly actions = h("p", { class: "actions" });

  constructor(
    private readonly section: HTMLElement,
    private readonly words: Words,
  ) {
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.setAttribute("aria-label", words.say("scan.view"));
    this.view.hidden = true;
    this.said.hidden = true;
    section.querySelector("[data-scan-place]")?.replaceChildren(this.said, this.view, this.choices, this.actions);
  }

  get shown(): boolean {
    return this.section.isConnected;
  }

  /** Say what happens now; the place of the reader does not move. */
  say(code: string, filling: Readonly<Record<string, string | number>> = {}): void {
    const sentence = this.words.say(code, filling);
    if (this.said.textContent !== sentence) this.said.textContent = sentence; // the same words are not read out again
    this.said.className = code in ALARMS ? "warning" : "notice";
    this.said.hidden = false;
  }

  /** Clear everything but these buttons; without any, the one that opens the camera is back. */
  offer(buttons: readonly (readonly [code: string, act: () => void, quiet?: boolean])[], looking = false): void {
    const made = buttons.map(([code, act, quiet]) => this.button(this.words.say(code), act, quiet === true));
    this.actions.replaceChildren(...nodes(made.map((each): Child => [each, " "])));
    this.choices.replaceChildren();
    this.view.hidden = !looking;
    const opener = this.section.querySelector<HTMLElement>("[data-scan]");
    if (opener) opener.hidden = looking;
  }

  /** Bring the panel before the reader, at its first button or its title. */
  face(): void {
    this.section.scrollIntoView({ block: this.view.hidden ? "nearest" : "start" });
    (this.actions.querySelector<HTMLElement>("button") ?? this.section.querySelector<HTMLElement>("h2"))?.focus({ preventScroll: true });
  }

  /** Several certificates in one picture: shown with numbers on them from left to right, one button each. */
  choose(picture: CanvasImageSource, width: number, height: number, found: readonly Code[], chosen: (code: Code) => void): void {
    const codes = [...found].sort((one, other) => middle(one, 0) - middle(other, 0));
    this.say("scan.several", { count: codes.length });
    const canvas = numbered(picture, width, height, codes);
    const label = (at: number) => this.words.say("scan.choice", { number: at + 1 });
    const buttons = codes.map((code, at) => this.button(label(at), () => chosen(code), false));
    this.choices.replaceChildren(...nodes([canvas, h("p", { class: "actions" }, buttons.map((each): Child => [each, " "]))]));
    this.choices.querySelector("button")?.focus();
  }

  private button(words: string, act: () => void, quiet: boolean): HTMLElement {
    const button = h("button", { type: "button", class: quiet ? "plain" : "" }, words);
    button.addEventListener("click", act);
    return button;
  }
}

/** Where a code lies, across (0) or down (1), as a share of the picture. */
const middle = ({ corners }: Code, side: 0 | 1): number => corners.reduce((sum, corner) => sum + corner[side], 0) / corners.length;

const DRAWN = 800; // pixels of the picture's longer side on the page

function numbered(picture: CanvasImageSource, width: number, height: number, codes: readonly Code[]): HTMLElement {
  const scale = Math.min(1, DRAWN / Math.max(width, height));
  const canvas = h("canvas", { class: "several", "aria-hidden": "true" }) as HTMLCanvasElement;
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  const context = canvas.getContext("2d");
  context?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  codes.forEach((code, at) => {
    if (context) badge(context, String(at + 1), middle(code, 0) * canvas.width, middle(code, 1) * canvas.height);
  });
  return canvas;
}

function badge(context: CanvasRenderingContext2D, number: string, x: number, y: number): void {
  context.fillStyle = "#1f3a56";
  context.beginPath();
  context.arc(x, y, 26, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = "#fff";
  context.font = "bold 30px sans-serif";
  [context.textAlign, context.textBaseline] = ["center", "middle"];
  context.fillText(number, x, y);
}
