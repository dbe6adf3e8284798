// A verdict in words: headline, sentence, advice, steps, ages, evidence; the same as verifier/wording.py.

import { clockTime, dayOf } from "../calendar";
import { hex } from "../bytes";
import { type OpenedCheckpoint } from "../registry/checkpoint";
import { eventOf } from "../registry/events";
import { type Basis } from "./basis";
import { exitStatus, STEPS, type Finding, type Outcome, type Step, type Verdict } from "./verdict";
import { type Filling, type Words } from "./words";

export type Tone = "valid" | "caution" | "ended" | "refused" | "unsure" | "unread";

const TONES: readonly Tone[] = ["valid", "refused", "unsure", "unread"];
/** Findings that decide an answer and have a sentence and an advice of their own. */
const SPECIAL: Readonly<Record<string, readonly [lead: string, advice: string]>> = {
  "credentials.unknown_version": ["page.update.lead", "page.update.advice"],
  "check.roots_expired": ["page.update.lead", "page.update.advice"],
  "check.key_compromised": ["page.key_compromised.lead", "page.key_compromised.advice"],
  "check.key_not_open_then": ["page.key_closed.lead", "page.key_closed.advice"],
  "check.key_closed_position_unproven": ["page.key_unproven.lead", "page.online.advice"],
  "check.status_stale": ["page.stale.lead", "page.online.advice"],
  "check.clock_behind": ["page.clock.lead", "page.clock.advice"],
};
const OUTCOMES: readonly Outcome[] = ["fail", "unknown", "pass"];
const AGE_STEPS = [[86400, "age.days"], [3600, "age.hours"], [60, "age.minutes"]] as const;
const SINCE: Readonly<Record<string, string>> = { rescinded: "page.since.rescinded", expired: "page.since.expired" };
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** One numbered step as a person reads it; the outcome is "none" where it was not reached. */
export interface StepShown {
  readonly number: Step;
  readonly name: string;
  readonly outcome: Outcome | "none";
  readonly word: string;
  readonly sentences: readonly string[];
}

export type Line = readonly [label: string, words: string];

/** Which colour and shape. A warning takes the green away. */
export function tone(verdict: Verdict): Tone {
  if (verdict.result === "genuine_not_valid") return "ended";
  const exit = exitStatus(verdict);
  return verdict.warnings.length > 0 && exit === 0 ? "caution" : (TONES[exit] as Tone);
}

/** The answer in a few words. For a past day a valid answer names that day, and never reads like today's. */
export function headline(verdict: Verdict, words: Words): string {
  if (verdict.askedAt !== null && verdict.result === "genuine_valid") return words.say("page.asked.valid", { date: spokenDay(verdict.askedAt, words) });
  return words.say(verdict.reason ? `reason.${verdict.reason}.title` : `result.${verdict.result}.title`);
}

/** One sentence that says why, or that a warning comes first. */
export function lead(verdict: Verdict, words: Words): string {
  if (tone(verdict) === "caution") return words.say("page.caution");
  const own = special(verdict);
  if (own) return words.say(own[0]);
  return words.say(verdict.reason ? `reason.${verdict.reason}` : `result.${verdict.result}.lead`);
}

/** The first FAIL's, else any UNKNOWN's. */
function special({ findings }: Verdict): readonly [string, string] | undefined {
  const found = [...findings].sort((a, b) => a.step - b.step);
  const failed = found.find(({ outcome }) => outcome === "fail");
  const decides = failed ?? found.find(({ outcome, code }) => outcome === "unknown" && code in SPECIAL);
  return decides && SPECIAL[decides.code];
}

export function advice(verdict: Verdict, words: Words): string {
  return words.say(special(verdict)?.[1] ?? `result.${verdict.result}.advice`);
}

/** From when on it is not valid, in words that fit the reason; null when unknown or not meant. */
export function since(verdict: Verdict, words: Words): string | null {
  if (verdict.since === null || verdict.reason === null) return null;
  return words.say(SINCE[verdict.reason] ?? "page.since", { date: spokenDay(verdict.since, words) });
}

/** A finding in words; a parameter may itself be a code (what was wrong with the evidence). */
export function sentence({ code, params }: Finding, words: Words): string {
  const filling = Object.entries(params).map(([name, value]) => [name, typeof value === "string" && value.includes(".") ? words.say(value) : value]);
  return words.say(code, Object.fromEntries(filling) as Filling);
}

/** All nine steps in order, each with its worst outcome and everything it found. */
export function steps(verdict: Verdict, words: Words): readonly StepShown[] {
  return STEPS.map((number) => {
    const found = verdict.findings.filter((each) => each.step === number);
    const outcome = OUTCOMES.find((each) => found.some((finding) => finding.outcome === each)) ?? "none";
    const sentences = found.map((each) => sentence(each, words));
    return { number, name: words.say(`step.${number}`), outcome, word: words.say(`outcome.${outcome}`), sentences };
  });
}

/** What evidence was used and how old it is. */
export function ages(verdict: Verdict, words: Words): readonly Line[] {
  return Object.entries(verdict.ages).map(([name, value]) => [words.find(`age.${name}`) ?? name, age(value, words)]);
}

/** Which evidence the verdict rests on, named so that it can be looked up. */
export function evidence(verdict: Verdict, words: Words): readonly Line[] {
  return [...basisLines(verdict.basis, words)].map(([code, sentenceOf, told]) => [words.say(code), words.say(`${sentenceOf}.value`, told)]);
}

type BasisLine = readonly [code: string, sentenceOf: string, told: Filling];

function* basisLines(basis: Basis, words: Words): Generator<BasisLine> {
  if (basis.checkpoint) yield ["basis.checkpoint", "basis.checkpoint", head(basis.checkpoint)];
  if (basis.attached) yield ["basis.proof", "basis.checkpoint", head(basis.attached.checkpoint)];
  if (basis.logged) yield ["basis.entry", "basis.entry", { index: basis.logged.index, time: clockTime(basis.logged.entry.t) }];
  if (basis.trust) yield ["basis.trust", "basis.trust", { version: basis.trust.version }];
  if (basis.status) {
    const { list, version, entryIndex, iat } = basis.status;
    yield ["basis.status", "basis.status", { list, version, index: entryIndex, time: clockTime(iat) }];
    yield* eventLines(basis, list, words);
  }
}

function* eventLines({ events }: Basis, list: number, words: Words): Generator<BasisLine> {
  if (!events) return;
  yield ["basis.events", "basis.events", { list, block: events.block, digest: hex(events.leaf).slice(0, 16) }];
  for (const record of events.records) {
    const event = words.say(`event.${eventOf(record) ?? "erased"}`);
    yield ["basis.event", "basis.event", { event, time: clockTime(record.change.effectiveAt), index: record.logIndex }];
  }
}

function head({ checkpoint, time }: OpenedCheckpoint): Filling {
  return { size: checkpoint.size, time: clockTime(time ?? 0), root: hex(checkpoint.root).slice(0, 16) };
}

/** Seconds in the largest unit that is at least two of it. */
function age(seconds: number, words: Words): string {
  const [unit, code] = AGE_STEPS.find(([each]) => seconds >= 2 * each) ?? [1, "age.seconds"];
  return words.say(code, { n: Math.floor(seconds / unit) });
}

/** The day in Beijing as a sentence names it: 2026年9月16日, 16 September 2026. */
export function spokenDay(moment: number, words: Words): string {
  const [year, month, day] = dayOf(moment).split("-").map(Number) as [number, number, number];
  return words.lang === "zh" ? `${year}年${month}月${day}日` : `${day} ${MONTHS[month - 1]} ${year}`;
}
