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
import { statusPath } from "../registry/paths";
import { BROWSER, OFFLINE, type Policy } from "../verifier/policy";
import { STEP, type Finding, type Verdict } from "../verifier/verdict";
import { type Bundle } from "./bundle";
import { Kept } from "./kept";
import { keep, recalled, rootsSeen } from "./memory";
import { pinned } from "./source";

/** Where evidence comes from: the folder's address, the pinned roots document and its SHA-256, and the official hosts. */
export interface Sources {
  readonly folder: string;
  /** The document's path in the folder. */
  readonly roots: string;
  readonly rootsDigest: string;
  readonly hosts: readonly string[];
  /** How many witnesses the house wants, where its roots do not want more. */
  readonly witnesses: number;
}

export class Asking {
  /** The root of trust; its promise fails where there is none to be had. */
  readonly roots: Promise<Roots>;
  private readonly kept: Kept;
  private readonly gatherer: Gatherer;

  constructor(
    private readonly sources: Sources,
    private readonly clock: () => number,
  ) {
    this.kept = new Kept(sources.folder, clock);
    this.gatherer = new Gatherer(this.kept.read, this.policy(false));
    this.roots = this.trusted();
  }

  /** Use this bundle too, where the network is cut. */
  beside(bundle: () => Promise<Bundle | null>): void {
    this.kept.beside(bundle);
  }

  /** The verdict on `text`, for now or as of a day (YYYY-MM-DD, "" for now). Raises where the root of trust cannot be had. */
  async about(text: string, day: string): Promise<Verdict> {
    const now = this.clock();
    const presented = readable(text);
    if (presented !== null) this.gatherer.expect(presented, now);
    const roots = await this.roots;
    const floor = recalled(roots);
    const evidence = await this.gatherer.evidenceFor(presented, roots, floor, now);
    const cut = presented !== null && this.kept.wasRecalled(statusPath(presented.credential.status.list));
    const verdict = await check({ text, evidence, policy: this.policy(cut), now, asOf: day === "" ? null : Math.min(now, endOfDay(day)), proof: null });
    keep(roots, raised(floor, evidence.seen()));
    const warnings = [...verdict.warnings, ...this.foreign(verdict, text), ...(cut ? offline(verdict) : [])];
    return { ...verdict, warnings };
  }

  private policy(cut: boolean): Policy {
    return { ...(cut ? OFFLINE : BROWSER), witnessThreshold: Math.max(BROWSER.witnessThreshold, this.sources.witnesses) };
  }

  private async trusted(): Promise<Roots> {
    const document = pinned(await this.kept.read(this.sources.roots), this.sources.rootsDigest);
    if (document === null) throw new Error("no root of trust");
    const roots = await newestRoots(this.kept.read, document);
    if (roots.version < rootsSeen(roots)) throw new Error("an older root of trust than one seen before");
    return roots;
  }

  /** A code that leads to somebody else's site earns a warning that names the site. */
  private foreign(verdict: Verdict, text: string): readonly Finding[] {
    const host = verdict.result === "unreadable" ? foreignHost(text, this.sources.hosts) : null;
    if (host === null) return [];
    const official = looksLike(text, this.sources.hosts);
    return [official === null ? warning("page.warning.foreign_address", { host }) : warning("page.warning.lookalike_address", { host, official })];
  }
}

/** An answer without the network says how old it is: what happened since is unknown to it. */
function offline({ ages }: Verdict): readonly Finding[] {
  const minutes = Math.floor((ages["status"] ?? 0) / 60);
  return [minutes < 120 ? warning("page.warning.offline_minutes", { n: minutes }) : warning("page.warning.offline_hours", { n: Math.floor(minutes / 60) })];
}

function warning(code: string, params: Finding["params"]): Finding {
  return { step: STEP.read, outcome: "unknown", code, params };
}

function readable(text: string): Presented | null {
  try {
    return read(text);
  } catch (defect) {
    if (defect instanceof CredentialsError || defect instanceof KeysError) return null;
    throw defect;
  }
}
