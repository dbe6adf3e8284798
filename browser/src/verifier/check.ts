// Check one certificate: the nine steps of docs/verification.md, in the order of verifier/check.py, with the same codes.
// It fetches nothing and knows no clock. A promise only because WebCrypto verifies signatures by promises.

import { type Bytes } from "../bytes";
import { read, type Presented } from "../credentials/envelope";
import { CredentialsError, EvidenceGap, KeysError } from "../errors";
import { NO_BASIS, type Basis } from "./basis";
import { Case } from "./case";
import { type Evidence } from "./evidence";
import { logPosition } from "./logged";
import { type Policy } from "./policy";
import { checkAuthority, checkIssuer, checkKey, checkSignature, findIssuer } from "./sealedby";
import { checkDates, checkStatus } from "./standing";
import { bottomLine, STEP, type Verdict } from "./verdict";

export interface Question {
  readonly text: string;
  readonly evidence: Evidence;
  readonly policy: Policy;
  /** UNIX seconds. */
  readonly now: number;
  /** The moment asked about in UNIX seconds, null for now. */
  readonly asOf: number | null;
  /** The tlog-proof that came with the certificate, unread; null for none. */
  readonly proof: Bytes | null;
}

/** The verdict; raises for nothing that stands in the text, in the proof or in the evidence. */
export async function check({ text, evidence, policy, now, asOf, proof }: Question): Promise<Verdict> {
  const each = new Case(evidence, policy, now, asOf, proof);
  const presented = readText(text, each);
  if (presented !== null) await judge(presented, each);
  return verdictOn(presented, each, presented === null ? NO_BASIS : await basisOf(presented, each));
}

/** Steps 2 to 9, in order; a broken signature ends it, for then no claim is anybody's. */
async function judge(presented: Presented, each: Case): Promise<void> {
  const [issuer, gap] = await findIssuer(presented, each);
  each.issuer = issuer;
  if (!(await checkSignature(presented, gap, each)) || issuer === null) return;
  const [position, logFindings] = await logPosition(presented, each);
  await checkIssuer(presented, issuer, each);
  checkKey(position, issuer, each);
  checkAuthority(presented, issuer, each);
  each.tally.findings.push(...logFindings);
  await checkStatus(presented, each);
  await checkDates(presented, each);
  each.tally.passed(STEP.copy, "check.not_a_copy");
}

/** Step 1: the form and its limits. */
function readText(text: string, each: Case): Presented | null {
  let presented: Presented;
  try {
    presented = read(text);
  } catch (defect) {
    if (!(defect instanceof CredentialsError || defect instanceof KeysError)) throw defect;
    if (defect.code === "credentials.unknown_version") each.tally.unknown(STEP.read, defect.code, defect.params);
    else each.tally.failed(STEP.read, defect.code, defect.code === "credentials.damaged" ? "altered" : "unreadable", defect.params);
    return null;
  }
  each.tally.passed(STEP.read, "check.read");
  const host = presented.host?.toLowerCase();
  if (host !== undefined && !each.evidence.roots.hosts.includes(host)) each.warn(STEP.read, "check.host_unlisted", { host });
  return presented;
}

function verdictOn(presented: Presented | null, each: Case, basis: Basis): Verdict {
  const result = bottomLine(each.tally.findings);
  const told = result === "genuine_not_valid";
  const issuer = each.trustedFacts ? each.issuer : null;
  return {
    result,
    findings: each.tally.findings,
    reason: told ? each.reason : null,
    since: told ? each.since : null,
    successor: told ? each.successor : null,
    credential: each.trustedFacts && presented ? presented.credential : null,
    form: presented?.form ?? null,
    issuer: issuer?.body.name ?? null,
    issuerEn: issuer?.body.nameEn ?? null,
    ages: ages(basis, each.now),
    basis,
    warnings: each.warnings,
    askedAt: each.asOf,
    checkedAt: each.now,
    test: each.evidence.roots.test,
  };
}

/** The evidence in hand, as far as it could be opened. */
async function basisOf(presented: Presented, { evidence, attached, logged, events }: Case): Promise<Basis> {
  const trust = await inHand(evidence.trust());
  const status = trust && (await inHand(evidence.status(presented.credential.status.list)));
  return { checkpoint: await inHand(evidence.checkpoint()), attached, logged, trust, status, events };
}

async function inHand<Opened>(opening: Promise<Opened>): Promise<Opened | null> {
  try {
    return await opening;
  } catch (gap) {
    if (gap instanceof EvidenceGap) return null;
    throw gap;
  }
}

/** The age in seconds of every piece of evidence that was used. */
function ages({ trust, status, checkpoint, attached }: Basis, now: number): Readonly<Record<string, number>> {
  return {
    ...(trust && { trust: now - trust.published }),
    ...(status && { status: now - status.iat }),
    ...(checkpoint && { checkpoint: now - (checkpoint.time ?? 0) }),
    ...(attached && { proof: now - (attached.checkpoint.time ?? 0) }),
  };
}
