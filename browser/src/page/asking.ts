// Answers one text in this browser: gathers what a check needs, checks, and remembers what was seen.

import { endOfDay } from "../calendar";
import { read, type Presented } from "../credentials/envelope";
import { CredentialsError, KeysError } from "../errors";
import { type Roots } from "../keys/roots";
import { check } from "../verifier/check";
import { raised } from "../verifier/floor";
import { Gatherer, newestRoots } from "../verifier/gather";
import { foreignHost } from "../verifier/hosts";
import { looksLike } from "../verifier/lookalike";
import { BROWSER, type Policy } from "../verifier/policy";
import { STEP, type Verdict } from "../verifier/verdict";
import { keep, recalled, rootsSeen } from "./memory";
import { folderAt, pinned } from "./source";

/** Where evidence comes from: the folder's address, the pinned roots document and its SHA-256, and the official hosts. */
export interface Sources {
  readonly folder: string;
  readonly roots: string;
  readonly rootsDigest: string;
  readonly hosts: readonly string[];
  /** How many witnesses the house wants, where its roots do not want more. */
  readonly witnesses: number;
}

export class Asking {
  private readonly gatherer: Gatherer;
  private readonly roots: Promise<Roots>;
  private readonly policy: Policy;

  constructor(
    private readonly sources: Sources,
    private readonly clock: () => number,
  ) {
    this.policy = { ...BROWSER, witnessThreshold: Math.max(BROWSER.witnessThreshold, sources.witnesses) };
    this.gatherer = new Gatherer(folderAt(sources.folder), this.policy);
    this.roots = this.trusted();
  }

  /** The verdict on `text`, for now or as of a day (YYYY-MM-DD, "" for now). Raises where the root of trust cannot be had. */
  async about(text: string, day: string): Promise<Verdict> {
    const now = this.clock();
    const presented = readable(text);
    if (presented !== null) this.gatherer.expect(presented, now);
    const roots = await this.roots;
    const floor = recalled(roots);
    const evidence = await this.gatherer.evidenceFor(presented, roots, floor, now);
    const verdict = await check({ text, evidence, policy: this.policy, now, asOf: day === "" ? null : Math.min(now, endOfDay(day)), proof: null });
    keep(roots, raised(floor, evidence.seen()));
    return this.warned(verdict, text);
  }

  private async trusted(): Promise<Roots> {
    const document = await pinned(this.sources.roots, this.sources.rootsDigest);
    if (document === null) throw new Error("no root of trust");
    const roots = await newestRoots(folderAt(this.sources.folder), document);
    if (roots.version < rootsSeen(roots)) throw new Error("an older root of trust than one seen before");
    return roots;
  }

  /** A code that leads to somebody else's site earns a warning that names the site. */
  private warned(verdict: Verdict, text: string): Verdict {
    const host = verdict.result === "unreadable" ? foreignHost(text, this.sources.hosts) : null;
    if (host === null) return verdict;
    const official = looksLike(text, this.sources.hosts);
    const named = official === null ? { code: "page.warning.foreign_address", params: { host } } : { code: "page.warning.lookalike_address", params: { host, official } };
    const warning = { step: STEP.read, outcome: "unknown", ...named } as const;
    return { ...verdict, warnings: [...verdict.warnings, warning] };
  }
}

function readable(text: string): Presented | null {
  try {
    return read(text);
  } catch (defect) {
    if (defect instanceof CredentialsError || defect instanceof KeysError) return null;
    throw defect;
  }
}
