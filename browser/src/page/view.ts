// The page around an answer: what stands in <main>, in which language, and what the frame says.

import { type Verdict } from "../verifier/verdict";
import { headline } from "../verifier/wording";
import { Words, type Lang } from "../verifier/words";
import { answer } from "./answer";
import { nodes } from "./elements";

const HTML_LANG: Readonly<Record<Lang, string>> = { zh: "zh-CN", en: "en" };
const SENTENCES = {
  zh: () => import("words:zh"),
  en: () => import("words:en"),
};

export class View {
  private readonly main = document.getElementById("main") as HTMLElement;
  private readonly test = document.body.querySelector(":scope > .test-banner") !== null;
  private lang: Lang = document.documentElement.lang.startsWith("en") ? "en" : "zh";
  private words = sentencesOf(this.lang);
  private shown: Verdict | null = null;

  /** Show an answer; the reader's place is its headline. */
  async show(verdict: Verdict): Promise<void> {
    this.shown = verdict;
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
    this.main.replaceChildren(...nodes([...answer(this.shown, words, { test: this.test, home, turn: () => void this.turn() })]));
    document.title = `${headline(this.shown, words)} · ${words.say("page.site")}`;
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
