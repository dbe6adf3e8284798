// The verdict as the API says it (docs/api.md): the same names, for comparing both verifiers.

import { hex } from "../bytes";
import { PartialDate } from "../credentials/dates";
import { type Credential } from "../credentials/model";
import { type OpenedCheckpoint } from "../registry/checkpoint";
import { eventOf, type EventRecord } from "../registry/events";
import { type StatusList } from "../registry/statuslist";
import { type Basis, type EventsRead } from "./basis";
import { exitStatus, type Finding, type Verdict } from "./verdict";

type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

export function toJson(verdict: Verdict): Plain {
  return {
    result: verdict.result,
    exit: exitStatus(verdict),
    reason: verdict.reason,
    since: verdict.since,
    successor: verdict.successor,
    form: verdict.form,
    issuer: verdict.issuer === null ? null : { name: verdict.issuer, name_en: verdict.issuerEn },
    credential: verdict.credential && credentialJson(verdict.credential),
    findings: verdict.findings.map(findingJson),
    warnings: verdict.warnings.map(findingJson),
    ages: verdict.ages,
    evidence: basisJson(verdict.basis),
    asked_at: verdict.askedAt,
    checked_at: verdict.checkedAt,
    test: verdict.test,
  };
}

function findingJson({ step, outcome, code, params }: Finding): Plain {
  return { step, outcome, code, params };
}

function basisJson({ checkpoint, attached, logged, trust, status, events }: Basis): Plain {
  return {
    checkpoint: checkpoint && checkpointJson(checkpoint),
    proof: attached && checkpointJson(attached.checkpoint),
    entry: logged && { log_index: logged.index, time: logged.entry.t },
    trust_list: trust && { version: trust.version, published: trust.published },
    status_list: status && statusJson(status),
    events: events && status && eventsJson(events, status),
  };
}

function checkpointJson({ checkpoint, time }: OpenedCheckpoint): Plain {
  return { size: checkpoint.size, root: hex(checkpoint.root), time };
}

function statusJson({ list, version, iat, digest, entryIndex }: StatusList): Plain {
  return { list, version, signed_at: iat, digest: hex(digest), log_index: entryIndex };
}

function eventsJson({ block, leaf, records }: EventsRead, status: StatusList): Plain {
  return { list: status.list, block, leaf_hash: hex(leaf), root: hex(status.eventsRoot), entries: records.map(eventJson) };
}

function eventJson(record: EventRecord): Plain {
  const { change, logIndex } = record;
  return { log_index: logIndex, time: change.t, event: eventOf(record), old: change.old, new: change.new, effective_at: change.effectiveAt };
}

/** The facts on the certificate; the random id that hides the published hash stays out. */
function credentialJson({ id: _id, award, ...facts }: Credential): Plain {
  const { kind, ...fields } = award;
  return { ...(snakeCased(facts) as Readonly<Record<string, Plain>>), award: snakeCased(fields), kind };
}

function snakeCased(value: unknown): Plain {
  if (value instanceof PartialDate) return value.text;
  if (typeof value !== "object" || value === null) return value as Plain;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), snakeCased(inner)]));
}
