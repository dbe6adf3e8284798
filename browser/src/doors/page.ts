// The door of the page: takes over what the address or the form holds, and answers it in this browser.
// Where this browser cannot, nothing is sent anywhere by itself: the form stays, and its button asks the server.

import { endOfDay } from "../calendar";
import { Asking, type Sources } from "../page/asking";
import { Daily, keepPage, showCard } from "../page/daily";
import { compares, takeIn } from "../page/handing";
import { isReceipt } from "../page/receipts";
import { View } from "../page/view";
import { STEP, type Verdict } from "../verifier/verdict";

/** What verifier/static/scan.js left: it took the fragment out of the address before anything else ran. */
interface Scan {
  /** Be told every text that was scanned, now and later. */
  answerWith(check: (text: string) => void): void;
  /** Show that a check is under way. */
  waiting(): void;
  /** Put the text into the form and say that the server can check it. */
  giveBack(text: string): void;
}

const scan = (globalThis as unknown as { hallmarkScan?: Scan }).hallmarkScan;
const script = document.querySelector<HTMLScriptElement>("script[data-folder]");
const clock = () => Math.floor(Date.now() / 1000);

function sourcesOf({ dataset }: HTMLScriptElement): Sources {
  return { folder: dataset["folder"] ?? "", roots: dataset["roots"] ?? "", rootsDigest: dataset["rootsDigest"] ?? "", hosts: (dataset["hosts"] ?? "").split(" "), witnesses: Number(dataset["witnesses"]) };
}

function begin(scanned: Scan, sources: Sources): void {
  const asking = new Asking(sources, clock);
  const view = new View("receipts" in (script as HTMLScriptElement).dataset);
  const daily = new Daily(sources.folder, asking.roots, clock);
  asking.beside(daily.held);
  const check = async (text: string, day: string, beside = false) => {
    scanned.waiting();
    try {
      if (isReceipt(text)) await view.showReceipt(text);
      else await view.show(besideOthers(await asking.about(text, day), beside), { text, day });
    } catch {
      scanned.giveBack(text);
    }
  };
  scanned.answerWith((text) => void check(text, ""));
  takeIn(sources.hosts, view.language, (text, day, beside) => void check(text, day, beside));
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!("local" in form.dataset)) return;
    if (compares(form)) return; // comparing with what is typed is the server's
    const [text, day] = [String(new FormData(form).get("text")), String(new FormData(form).get("at") ?? "")];
    if (text.trim() === "" || (day !== "" && endOfDay(day) - 86399 > clock())) return; // the server says what is wrong
    event.preventDefault();
    void check(text, day);
  });
  prepare(daily, view, script?.dataset["worker"] ?? "");
  document.querySelector("[data-language]")?.addEventListener("click", (event) => {
    if (!view.hasAnswer) return;
    event.preventDefault();
    void view.turn();
  });
}

/** Codes of others in the same picture earn a warning. */
function besideOthers(verdict: Verdict, beside: boolean): Verdict {
  const warning = { step: STEP.read, outcome: "unknown", code: "page.warning.other_codes", params: {} } as const;
  return beside && verdict.result !== "unreadable" ? { ...verdict, warnings: [...verdict.warnings, warning] } : verdict;
}

function prepare(daily: Daily, view: View, worker: string): void {
  keepPage(worker);
  void showCard(daily, view.sentences).then(() => daily.renewIfDue());
}

if (scan && script && globalThis.crypto?.subtle) begin(scan, sourcesOf(script));
