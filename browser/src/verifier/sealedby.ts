// Steps 2 to 5: who sealed this, and were they allowed to. The numbers are those of docs/verification.md.

import { hex } from "../bytes";
import { type Presented } from "../credentials/envelope";
import { KIND_WORDS } from "../credentials/kinds";
import { EvidenceGap, EvidenceMissing, KeysError } from "../errors";
import { type Case } from "./case";
import { type Issuer } from "./evidence";
import { STEP } from "./verdict";

/** The trusted body that owns the key that the token names, or what was missing to tell. */
export async function findIssuer(presented: Presented, each: Case): Promise<readonly [Issuer | null, EvidenceGap | null]> {
  try {
    return [await each.evidence.issuerOf(presented.kid8), null];
  } catch (gap) {
    if (gap instanceof EvidenceGap) return [null, gap];
    throw gap;
  }
}

/** Step 2: the signature holds under that body's key; false ends the check. */
export async function checkSignature(presented: Presented, gap: EvidenceGap | null, each: Case): Promise<boolean> {
  if (each.issuer === null) {
    await noKey(hex(presented.kid8), gap, each);
    return false;
  }
  try {
    await presented.verify(each.issuer.key.publicKey);
  } catch (defect) {
    if (!(defect instanceof KeysError)) throw defect;
    each.tally.failed(STEP.signature, "check.signature_broken", "altered");
    return false;
  }
  each.trustedFacts = true;
  each.tally.passed(STEP.signature, "check.signature");
  return true;
}

/** Say why there is nothing to verify with; only a trust list that is in force proves a stranger. */
async function noKey(kid: string, gap: EvidenceGap | null, each: Case): Promise<void> {
  if (gap !== null) {
    const code = gap instanceof EvidenceMissing ? "check.trust_evidence_absent" : "check.trust_evidence_rejected";
    each.tally.unknown(STEP.signature, code, gap.params);
    return;
  }
  each.tally.unknown(STEP.signature, "check.key_unknown", { kid });
  if (!(await trustOutOfForce(each))) each.tally.failed(STEP.issuer, "check.issuer_unknown", "unknown_issuer", { kid });
}

/** Step 3: roots and trust list are in force, and the body is the one that the certificate names. */
export async function checkIssuer({ credential }: Presented, { body }: Issuer, each: Case): Promise<void> {
  if (await trustOutOfForce(each)) return;
  const named = credential.issuer === body.name && (credential.issuerCode === null || credential.issuerCode === body.code);
  if (named) each.tally.passed(STEP.issuer, "check.issuer");
  else each.tally.failed(STEP.issuer, "check.issuer_name_differs", "issuer_out_of_scope", { claimed: credential.issuer, trusted: body.name });
}

/** Note UNKNOWN where roots or trust list are not in force or not logged: they prove neither who one is nor who is nobody. */
async function trustOutOfForce(each: Case): Promise<boolean> {
  const [trust, roots] = [await each.evidence.trust(), each.evidence.roots];
  if (roots.expires <= each.now) each.tally.unknown(STEP.issuer, "check.roots_expired", { expires: roots.expires });
  else if (trust.expires <= each.now) each.tally.unknown(STEP.issuer, "check.trust_expired", { expires: trust.expires });
  else if (trust.effective > each.now) each.tally.unknown(STEP.issuer, "check.trust_not_yet_effective", { effective: trust.effective });
  else return !(await trustLogged(each));
  return true;
}

/** Note UNKNOWN where the log does not show this list: what nobody else has seen may have been made for one reader. */
async function trustLogged(each: Case): Promise<boolean> {
  try {
    await each.evidence.trustLogged();
    return true;
  } catch (gap) {
    if (!(gap instanceof EvidenceGap)) throw gap;
    const code = gap instanceof EvidenceMissing ? "check.trust_log_absent" : "check.trust_log_rejected";
    each.tally.unknown(STEP.issuer, code, gap.params);
    return false;
  }
}

/** Step 4: a key counts by where its entries open and close in the log, never by today's date. */
export function checkKey(position: number | null, { key }: Issuer, { tally }: Case): void {
  if (position === null) {
    if (key.closed === null && key.boundary === null) tally.passed(STEP.key, "check.key_open");
    else tally.unknown(STEP.key, "check.key_closed_position_unproven");
  } else if (key.boundary !== null && position >= key.boundary) {
    tally.failed(STEP.key, "check.key_compromised", "unknown_issuer", { boundary: key.boundary });
  } else if (position <= key.opened || (key.closed !== null && position >= key.closed)) {
    tally.failed(STEP.key, "check.key_not_open_then", "unknown_issuer", { position });
  } else {
    tally.passed(STEP.key, "check.key_open");
  }
}

/** Step 5: the body, and for a title its committee, had the authority on the day of award. */
export function checkAuthority({ credential }: Presented, { body, trust }: Issuer, { tally }: Case): void {
  const { award } = credential;
  const refusal = trust.coverage(body, KIND_WORDS[award.kind], award.kind === "title" ? award : null, credential.awardedOn);
  if (refusal === null) tally.passed(STEP.authority, "check.authority");
  else tally.failed(STEP.authority, refusal, "issuer_out_of_scope", { what: award.kind === "postdoc" ? award.station : award.name });
}
