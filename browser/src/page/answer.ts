// The inside of <main> for one verdict: element for element what verifier/templates/_verdict.html makes on the server.

import { clockTime } from "../calendar";
import { exitStatus, type Verdict } from "../verifier/verdict";
import { facts, standing, type Fact, type Standing } from "../verifier/facts";
import { advice, ages, evidence, headline, lead, sentence, since, spokenDay, steps, tone, type Line, type StepShown } from "../verifier/wording";
import { type Words } from "../verifier/words";
import { h, nodes, picture, type Child } from "./elements";
import { SHAPES, STEP_SHAPES, WARNING } from "./pictures";
import { receiptCard, type Question } from "./receipts";

/** What the page around the answer is: a test house's or not, and where its first page stands. */
export interface Frame {
  readonly test: boolean;
  readonly home: string;
  /** Where the server gives receipts; null where it gives none. */
  readonly receipts: string | null;
  /** Shows the same answer in the other language. */
  readonly turn: () => void;
}

export function answer(verdict: Verdict, question: Question, words: Words, frame: Frame): readonly (Node | string)[] {
  const sure = standing(verdict) === "confirmed";
  const advised = adviceCard(verdict, words, frame);
  return nodes([
    verdict.test && !frame.test && h("p", { class: "test-banner" }, words.say("page.test.banner")),
    banner(verdict, words),
    verdict.successor !== null && h("p", { class: "notice successor" }, `${words.say("page.successor")} `, h("strong", { class: "mono" }, verdict.successor)),
    verdict.warnings.length > 0 && warningCard(verdict, words),
    !sure && advised,
    factsCard(verdict, words),
    sure && advised,
    checksCard(verdict, words),
    frame.receipts !== null && receiptCard(verdict, question, words, frame.receipts),
    h("p", { class: "quiet when" }, `${words.say("page.checked_at", { time: clockTime(verdict.checkedAt) })} · ${words.say("page.not_a_receipt")}`),
    turnButton(words, frame),
  ]);
}

function banner(verdict: Verdict, words: Words): Child {
  const colour = tone(verdict);
  const begun = since(verdict, words);
  const asked = verdict.askedAt !== null && words.say("page.asked", { date: spokenDay(verdict.askedAt, words) });
  return h(
    "section",
    { class: `verdict ${colour}`, "aria-labelledby": "verdict-title", "data-result": verdict.result },
    picture(SHAPES[colour], 88, "shape"),
    h("h1", { id: "verdict-title", tabindex: "-1" }, headline(verdict, words)),
    h("div", { class: "words" }, begun && h("p", { class: "since" }, begun), h("p", { class: "lead" }, lead(verdict, words)), asked && h("p", { class: "asked" }, asked)),
  );
}

function warningCard(verdict: Verdict, words: Words): Child {
  const title = h("h2", { id: "warning-title" }, picture(WARNING, 28), ` ${words.say("page.warning")}`);
  return h("section", { class: "warning", role: "alert", "aria-labelledby": "warning-title" }, title, verdict.warnings.map((each) => h("p", {}, sentence(each, words))));
}

function adviceCard(verdict: Verdict, words: Words, { home }: Frame): Child {
  return h(
    "section",
    { class: "card advice", "aria-labelledby": "advice-title" },
    h("h2", { id: "advice-title" }, words.say("page.advice.title")),
    h("p", {}, advice(verdict, words)),
    h("p", { class: "actions" }, h("a", { class: "button", href: home }, words.say("page.again"))),
  );
}

const NOTES: Readonly<Record<Standing, readonly [title: string, note: string]>> = {
  confirmed: ["page.facts.title", "page.facts.compare"],
  pending: ["page.facts.unconfirmed", "page.facts.pending_note"],
  unconfirmed: ["page.facts.unconfirmed", "page.facts.unconfirmed_note"],
  none: ["", ""],
};

function factsCard(verdict: Verdict, words: Words): Child {
  const shown = facts(verdict);
  const sure = standing(verdict);
  if (shown.length === 0 || verdict.credential === null) return null;
  const [title, note] = NOTES[sure];
  return h(
    "section",
    { class: `card facts ${sure} ${tone(verdict)}`, "aria-labelledby": "facts-title" },
    h("h2", { id: "facts-title" }, words.say(title)),
    h("p", { class: "compare" }, words.say(note)),
    h("dl", {}, shown.map((fact) => factLine(fact, verdict, words))),
    sure === "confirmed" && h("p", { class: "differs" }, words.say("page.facts.differs")),
    h("p", { class: "quiet" }, words.say(`note.${verdict.credential.award.kind}`)),
  );
}

function factLine(fact: Fact, verdict: Verdict, words: Words): Child {
  const english = words.lang === "en";
  const gloss = (text: string) => [" ", h("span", { class: "gloss" }, text)];
  return h(
    "div",
    { class: fact.big ? "big" : "" },
    h("dt", {}, words.say(fact.label)),
    h(
      "dd",
      {},
      h("span", { lang: "zh-CN" }, fact.value),
      english && fact.gloss !== null && gloss(words.say(fact.gloss)),
      english && fact.label === "fact.issuer" && verdict.issuerEn && gloss(verdict.issuerEn),
    ),
  );
}

function checksCard(verdict: Verdict, words: Words): Child {
  const all = steps(verdict, words);
  const taken = all.filter((step) => step.outcome !== "none");
  if (taken.length === 0) return null;
  return h(
    "section",
    { class: "card checks", "aria-labelledby": "steps-title" },
    h("h2", { id: "steps-title" }, words.say("page.steps.title")),
    h("ol", { class: "steps" }, taken.map(stepLine)),
    taken.length < all.length && exitStatus(verdict) !== 0 && h("p", { class: "quiet" }, words.say("page.steps.rest")),
    lines("page.ages.title", "ages", ages(verdict, words), words),
    lines("basis.title", "ages evidence", evidence(verdict, words), words),
  );
}

function stepLine({ number, name, outcome, word, sentences }: StepShown): Child {
  const title = h("p", { class: "step" }, h("span", { class: "name" }, `${number}. ${name}`), " ", h("span", { class: "word" }, word));
  const shape = outcome === "none" ? null : picture(STEP_SHAPES[outcome], 24);
  return h("li", { class: outcome }, shape, h("div", {}, title, sentences.map((each) => h("p", { class: "finding" }, each))));
}

function lines(title: string, kind: string, told: readonly Line[], words: Words): Child {
  if (told.length === 0) return null;
  const list = h("dl", { class: kind }, told.map(([label, said]) => h("div", {}, h("dt", {}, label), h("dd", {}, said))));
  return [h("h3", {}, words.say(title)), list];
}

/** Shows the same in the other language. */
export function turnButton(words: Words, { turn }: Pick<Frame, "turn">): Child {
  const button = h("button", { type: "button", class: "plain", lang: words.lang === "en" ? "zh-CN" : "en" }, words.say("web.switch_language"));
  button.addEventListener("click", turn);
  return h("div", { class: "switch" }, button);
}
