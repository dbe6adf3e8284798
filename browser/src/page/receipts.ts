// Receipts are the server's: it signs them, and it opens them. Here stands what a person presses for that; nothing goes there before.

import { KeysError } from "../errors";
import { unb64u } from "../keys/b64";
import { loads } from "../keys/strictjson";
import { type Verdict } from "../verifier/verdict";
import { type Words } from "../verifier/words";
import { h, type Child } from "./elements";

const TYP = "receipt+jwt";
const MAX_TEXT = 64 * 1024;
const MAX_HEADER = 512;
/** Results of which the server signs nothing that would help anybody. */
const NOT_OF: ReadonlySet<string> = new Set(["mismatch", "unreadable"]);

/** What was asked: the text and the day, "" for now. */
export interface Question {
  readonly text: string;
  readonly day: string;
}

/** True for what calls itself a receipt: three parts whose header has that type. Proves nothing. */
export function isReceipt(given: string): boolean {
  const text = given.trim();
  const [header, ...rest] = text.split(".", 4) as [string, ...string[]];
  if (header === "" || header.length > MAX_HEADER || rest.length !== 2 || text.length > MAX_TEXT) return false;
  try {
    const read = loads(unb64u(header), { maxDepth: 2 });
    return read instanceof Map && read.get("typ") === TYP;
  } catch (defect) {
    if (defect instanceof KeysError) return false;
    throw defect;
  }
}

/** Under an answer: asks the server, which checks again, to sign what it finds. `action` is its address. */
export function receiptCard(verdict: Verdict, { text, day }: Question, words: Words, action: string): Child {
  if (text.trim() === "" || NOT_OF.has(verdict.result)) return null;
  const [pdf, jwt] = [h("button", { type: "submit", name: "as", value: "pdf" }, words.say("page.receipt.pdf")), h("button", { type: "submit", name: "as", value: "jwt", class: "plain" }, words.say("page.receipt.jwt"))];
  return h(
    "section",
    { class: "card receipt", "aria-labelledby": "receipt-title" },
    h("h2", { id: "receipt-title" }, words.say("page.receipt.title")),
    h("p", {}, words.say("page.receipt.what")),
    h("form", { method: "post", action }, carried("text", text.trim()), carried("at", day), h("p", { class: "actions" }, pdf, " ", jwt)),
  );
}

/** In place of an answer: this is a receipt, and the server can open it. `action` is its address, `home` the first page's. */
export function handOver(text: string, words: Words, action: string, home: string): Child {
  return h(
    "section",
    { class: "card receipt", "aria-labelledby": "receipt-title" },
    h("h1", { id: "receipt-title", tabindex: "-1" }, words.say("page.receipt.given")),
    h("p", {}, words.say("page.receipt.by_server")),
    h("form", { method: "post", action }, carried("text", text.trim()), h("p", { class: "actions" }, h("button", { type: "submit" }, words.say("page.receipt.open")), " ", h("a", { class: "button", href: home }, words.say("page.again")))),
  );
}

function carried(name: string, value: string): HTMLElement {
  const field = h("input", { type: "hidden", name });
  field.setAttribute("value", value);
  return field;
}
