// Steps 7 and 8: does it stand, now or on the day asked about. The numbers are those of docs/verification.md.

import { type Presented } from "../credentials/envelope";
import { type StatusRef } from "../credentials/model";
import { EvidenceGap, EvidenceMissing, RegistryError } from "../errors";
import { stateAt, type EventRecord, type StateAt } from "../registry/events";
import { ENDED, statusAt, SUPERSEDED, SUSPENDED, VALID, type StatusList } from "../registry/statuslist";
import { stale, type Case } from "./case";
import { STEP } from "./verdict";

const REASON_OF_STATUS: Readonly<Record<number, string>> = { [ENDED]: "ended", [SUSPENDED]: "suspended", [SUPERSEDED]: "superseded" };
const REASON_OF_EVENT = new Set(["rescinded", "cancelled", "revoked", "transferred", "suspended", "superseded"]);

/** Step 7: the list is fresh, signed and logged, and its slot says valid; ended or superseded stands even when stale. */
export async function checkStatus(presented: Presented, each: Case): Promise<void> {
  const { list, index } = presented.credential.status;
  let status: StatusList;
  try {
    status = await each.evidence.status(list);
    if (each.asOf !== null) {
      await statusThen(status, presented, each.asOf, each);
      return;
    }
  } catch (gap) {
    if (!(gap instanceof EvidenceGap)) throw gap;
    const code = gap instanceof EvidenceMissing ? "check.status_evidence_absent" : "check.status_evidence_rejected";
    each.tally.unknown(STEP.status, code, gap.params);
    return;
  }
  const value = statusAt(status, index);
  if (value === ENDED && (await notIssuedYet(status, presented, each))) each.tally.unknown(STEP.status, "check.status_not_issued_yet");
  else if (value === ENDED || value === SUPERSEDED) await ended(value, presented, each);
  else if (stale(status, each)) each.tally.unknown(STEP.status, "check.status_stale", { age: each.now - status.iat });
  else if (value === SUSPENDED) await ended(value, presented, each);
  else each.tally.passed(STEP.status, "check.status_valid");
}

/** The value 1 also means "never issued": a list from before the issue says nothing about this certificate. */
async function notIssuedYet(status: StatusList, { credential }: Presented, each: Case): Promise<boolean> {
  try {
    return (await eventsOf(credential.status, each)).length === 0;
  } catch (gap) {
    if (gap instanceof EvidenceGap) return status.iat < credential.issuedAt;
    throw gap;
  }
}

/** The slot's events, noted as evidence of the verdict. */
async function eventsOf({ list, index }: StatusRef, each: Case): Promise<readonly EventRecord[]> {
  const records = await each.evidence.events(list, index);
  each.events = { ...(await each.evidence.eventFile(list, index)), records };
  return records;
}

/** Say why and since when, from the event file where it is held; the list alone already decides. */
async function ended(value: number, { credential }: Presented, each: Case): Promise<void> {
  let state: StateAt | null = null;
  try {
    state = stateAt(await eventsOf(credential.status, each), null);
  } catch (defect) {
    if (!(defect instanceof EvidenceGap || defect instanceof RegistryError)) throw defect;
  }
  notValid(REASON_OF_STATUS[value] as string, state, each);
}

/** An as-of question always reads the event file, for valid certificates too. */
async function statusThen(status: StatusList, { credential }: Presented, asOf: number, each: Case): Promise<void> {
  if (stale(status, each)) {
    each.tally.unknown(STEP.status, "check.status_stale", { age: each.now - status.iat });
    return;
  }
  const events = await eventsOf(credential.status, each);
  const value = statusAt(status, credential.status.index);
  if (value === ENDED && events.length === 0) {
    each.tally.unknown(STEP.status, "check.status_not_issued_yet");
    return;
  }
  try {
    const [then, today] = [stateAt(events, asOf), stateAt(events, null)];
    // an event is withheld, or one too many is told: the list itself is what was logged
    if (today.status !== value) throw new RegistryError("registry.events_inconsistent");
    judgeThen(then, today, each);
  } catch (defect) {
    if (!(defect instanceof RegistryError)) throw defect;
    each.tally.unknown(STEP.status, "check.status_history_untold", { defect: defect.code });
  }
}

function judgeThen(then: StateAt, today: StateAt, each: Case): void {
  if (then.status !== VALID) {
    notValid(REASON_OF_STATUS[then.status] as string, then, each);
    return;
  }
  each.tally.passed(STEP.status, "check.status_valid_then");
  if (today.status === SUPERSEDED && today.successor) each.warn(STEP.status, "check.superseded_since", { successor: today.successor });
}

function notValid(reason: string, state: StateAt | null, each: Case): void {
  each.reason = state?.event && REASON_OF_EVENT.has(state.event) ? state.event : reason;
  if (state !== null) {
    each.since = state.since;
    each.successor = state.successor;
  }
  each.tally.failed(STEP.status, `check.status_${each.reason}`, "genuine_not_valid");
}

/** Step 8: awarded and issued by then, and not expired. */
export async function checkDates({ credential }: Presented, each: Case): Promise<void> {
  const moment = each.asOf ?? each.now;
  const latest = each.now + each.policy.clockLeeway;
  const { issuedAt, expiresAt, awardedOn, status } = credential;
  if (issuedAt > latest && (await listIsAhead(status.list, latest, each))) {
    each.tally.unknown(STEP.dates, "check.clock_behind");
  } else if (issuedAt > latest || awardedOn.beginsAt() > moment) {
    each.reason ??= "not_yet_valid";
    each.tally.failed(STEP.dates, "check.not_yet_valid", "genuine_not_valid");
  } else if (expiresAt !== null && expiresAt <= moment) {
    if (each.reason === null) [each.reason, each.since] = ["expired", expiresAt];
    each.tally.failed(STEP.dates, "check.expired", "genuine_not_valid", { expired: expiresAt });
  } else {
    each.tally.passed(STEP.dates, "check.dates");
  }
}

/** Whether the registry's own signed time lies ahead of ours too: then it is our clock that is wrong. */
async function listIsAhead(list: number, latest: number, { evidence }: Case): Promise<boolean> {
  try {
    return (await evidence.status(list)).iat > latest;
  } catch (gap) {
    if (gap instanceof EvidenceGap) return false;
    throw gap;
  }
}
