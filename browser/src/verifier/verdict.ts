// The verdict: findings in step order with one bottom line (docs/verification.md). Pure.

import { type Credential } from "../credentials/model";
import { type Params } from "../errors";
import { type Basis } from "./basis";

export const EXIT_STATUS = {
  genuine_valid: 0,
  genuine_not_valid: 1,
  altered: 1,
  unknown_issuer: 1,
  issuer_out_of_scope: 1,
  not_logged: 1,
  copy_expired: 1,
  mismatch: 1,
  genuine_unconfirmed: 2,
  not_checkable_now: 2,
  no_record: 2,
  legacy_unsigned: 2,
  unreadable: 3,
} as const;

export type Result = keyof typeof EXIT_STATUS;
export type Outcome = "pass" | "fail" | "unknown";

export const STEP = { read: 1, signature: 2, issuer: 3, key: 4, authority: 5, logged: 6, status: 7, dates: 8, copy: 9 } as const;
export type Step = (typeof STEP)[keyof typeof STEP];
export const STEPS: readonly Step[] = Object.values(STEP);

/** What one step found; `result` is what it names when it is the first FAIL. */
export interface Finding {
  readonly step: Step;
  readonly outcome: Outcome;
  readonly code: string;
  readonly params: Params;
  readonly result?: Result;
}

/** One bottom line over the findings. Times are UNIX seconds, ages seconds; absent facts are null. */
export interface Verdict {
  readonly result: Result;
  readonly findings: readonly Finding[];
  readonly reason: string | null;
  readonly since: number | null;
  readonly successor: string | null;
  readonly credential: Credential | null;
  readonly form: "qr" | "document" | null;
  readonly issuer: string | null;
  readonly issuerEn: string | null;
  readonly ages: Readonly<Record<string, number>>;
  readonly basis: Basis;
  readonly warnings: readonly Finding[];
  readonly askedAt: number | null;
  readonly checkedAt: number;
  readonly test: boolean;
}

export function exitStatus(verdict: Verdict): number {
  return EXIT_STATUS[verdict.result];
}

/** Findings as they come. */
export class Tally {
  readonly findings: Finding[] = [];

  passed(step: Step, code: string): void {
    this.findings.push({ step, outcome: "pass", code, params: {} });
  }

  failed(step: Step, code: string, result: Result, params: Params = {}): void {
    this.findings.push({ step, outcome: "fail", code, params, result });
  }

  unknown(step: Step, code: string, params: Params = {}): void {
    this.findings.push({ step, outcome: "unknown", code, params });
  }
}

const ALWAYS_APPLICABLE = STEPS.filter((step) => step !== STEP.copy);

/** The one result: first FAIL in step order, else UNKNOWN, else valid; nothing found is not_checkable_now. */
export function bottomLine(findings: readonly Finding[]): Result {
  const failed = [...findings].sort((a, b) => a.step - b.step).find((each) => each.outcome === "fail");
  if (failed) return failed.result ?? "not_checkable_now";
  const passed = new Set(findings.filter((each) => each.outcome === "pass").map((each) => each.step));
  const unknown = findings.filter((each) => each.outcome === "unknown");
  const open = new Set([...ALWAYS_APPLICABLE.filter((step) => !passed.has(step)), ...unknown.map((each) => each.step)]);
  if (open.size === 0) return "genuine_valid";
  const onlyLog = open.size === 1 && open.has(STEP.logged);
  return onlyLog && unknown.some((each) => each.code === "check.log_evidence_absent") ? "genuine_unconfirmed" : "not_checkable_now";
}
