// Sentences in one language: web/i18n, the one message catalogue, as far as the page says it.

export type Lang = "zh" | "en";
export type Filling = Readonly<Record<string, string | number>>;

export class Words {
  constructor(
    readonly lang: Lang,
    private readonly sentences: Readonly<Record<string, string>>,
  ) {}

  /** The sentence for `code` with its places filled; null where there is none. A place without a value shows its name. */
  find(code: string, filling: Filling = {}): string | null {
    const sentence = this.sentences[code];
    if (sentence === undefined) return null;
    return sentence.replace(/\{(\w+)\}/g, (place, name: string) => (name in filling ? printable(String(filling[name])) : place));
  }

  /** The sentence for `code`; the code itself where there is none, for a verdict must never be lost over a sentence. */
  say(code: string, filling: Filling = {}): string {
    return this.find(code, filling) ?? code;
  }
}

/** What came from outside turns no line around. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Z}]/gu, (each) => (each === " " ? each : /[\s\x1c-\x1f\x85]/.test(each) && each !== "\ufeff" ? " " : "\ufffd"));
}
