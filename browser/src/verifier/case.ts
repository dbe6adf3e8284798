// One check under way: what was asked, what is known so far, and what was found. The steps share it.

import { type Bytes } from "../bytes";
import { type Params } from "../errors";
import { type StatusList } from "../registry/statuslist";
import { type Attached } from "./attached";
import { type EventsRead } from "./basis";
import { type Evidence, type Issuer, type Logged } from "./evidence";
import { type Policy } from "./policy";
import { Tally, type Finding, type Step } from "./verdict";

export class Case {
  readonly tally = new Tally();
  readonly warnings: Finding[] = [];
  reason: string | null = null;
  since: number | null = null;
  successor: string | null = null;
  issuer: Issuer | null = null;
  logged: Logged | null = null;
  /** What the event file says of this certificate, where a step has read it. */
  events: EventsRead | null = null;
  /** The attached proof, where it was needed and holds. */
  attached: Attached | null = null;
  trustedFacts = false;

  constructor(
    readonly evidence: Evidence,
    readonly policy: Policy,
    readonly now: number,
    readonly asOf: number | null,
    /** The tlog-proof that came with the certificate, as handed in. */
    readonly proof: Bytes | null,
  ) {}

  /** Add a loud remark that has no part in the bottom line. */
  warn(step: Step, code: string, params: Params): void {
    this.warnings.push({ step, outcome: "unknown", code, params });
  }
}

/** Too old to show that a certificate stands, or from a future we do not believe in. */
export function stale(status: StatusList, { now, policy }: Case): boolean {
  return now - status.iat > policy.maxStatusAge || status.exp <= now || status.iat > now + policy.clockLeeway;
}
