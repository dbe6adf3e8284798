// The page around an answer: what stands in <main>, in which language, and what the frame says.

import { type Verdict } from "../verifier/verdict";
import { headline } from "../verifier/wording";
import { Words, type Lang } from "../verifier/words";
import { answer, turnButton, type Frame } from "./answer";
import { nodes, type Child } from "./elements";
import { handOver, type Question } from "./receipts";

const HTML_LANG: Readonly<Record<Lang, string>> = { zh: "zh-CN", en: "en" };
const SENTENCES = {
  zh: () => import("words:zh"),
  en: () => import("words:en"),
};

/** What stands in <main>: its title and what is drawn, in any language. */
interface Shown {
  title(words: Words): string;
  drawn(words: Words, frame: Frame): readonly Child[];
}

export class View {
  private readonly main = document.getElementById("main") as HTMLElement;
  private readonly test = document.body.querySelector(":scope > .test-banner") !== null;
  private lang: Lang = document.documentElement.lang.startsWith("en") ? "en" : "zh";
  private words = sentencesOf(this.lang);
  private shown: Shown | null = null;

  /** `receipts` says whether this server gives receipts of what it checks. */
  constructor(private readonly receipts: boolean) {}

  /** Show the answer to a question; the reader's place is its headline. */
  show(verdict: Verdict, question: Question): Promise<void> {
    return this.put({
      title: (words) => headline(verdict, words),
      drawn: (words, frame) => answer(verdict, question, words, frame),
    });
  }

  /** Show that a text is a receipt, which the server opens when the person says so. */
  showReceipt(text: string): Promise<void> {
    return this.put({
      title: (words) => words.say("page.receipt.given"),
      drawn: (words, frame) => [handOver(text, words, this.address("/check"), frame.home), turnButton(words, frame)],
    });
  }

  private async put(shown: Shown): Promise<void> {
    this.shown = shown;
    await this.draw();
    scrollTo(0, 0);
    this.main.querySelector("h1")?.focus();
  }

  /** The language that the page is read in. */
  get language(): Lang {
    return this.lang;
  }

  /** The sentences of the page's language. */
  get sentences(): Promise<Words> {
    return this.words;
  }

  /** True while an answer stands there: then the language is turned without leaving the page. */
  get hasAnswer(): boolean {
    return this.shown !== null;
  }

  /** The same answer and the frame in the other language. */
  async turn(): Promise<void> {
    this.lang = this.lang === "zh" ? "en" : "zh";
    this.words = sentencesOf(this.lang);
    document.documentElement.lang = HTML_LANG[this.lang];
    history.replaceState(null, "", this.address(location.pathname));
    sayFrame(await this.words, (path) => this.address(path));
    await this.draw();
    this.main.querySelector<HTMLElement>(".switch button")?.focus();
  }

  private async draw(): Promise<void> {
    if (this.shown === null) return;
    const words = await this.words;
    const home = document.querySelector<HTMLAnchorElement>(".brand")?.getAttribute("href") ?? "/";
    const frame = { test: this.test, home, receipts: this.receipts && navigator.onLine ? this.address("/receipt") : null, turn: () => void this.turn() };
    this.main.replaceChildren(...nodes(this.shown.drawn(words, frame)));
    document.title = `${this.shown.title(words)} · ${words.say("page.site")}`;
  }

  private address(path: string): string {
    return `${path}?lang=${this.lang}`;
  }
}

/** The sentences in one language. */
export async function sentencesOf(lang: Lang): Promise<Words> {
  return new Words(lang, (await SENTENCES[lang]()).default);
}

/** Say again what stands around <main>, and let its links keep the language. */
function sayFrame(words: Words, address: (path: string) => string): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-say]")) {
    element.textContent = words.say(element.dataset["say"] as string, element.dataset as Readonly<Record<string, string>>);
  }
  for (const link of document.querySelectorAll<HTMLAnchorElement>(".top a[href^='/'], .bottom a[href^='/']")) {
    link.setAttribute("href", address((link.getAttribute("href") as string).split("?")[0] as string));
  }
  const other = document.querySelector<HTMLElement>("[data-language]");
  if (other) other.lang = HTML_LANG[words.lang === "zh" ? "en" : "zh"];
}
