// What a certificate says, line by line in full, for comparison with the paper and the identity card.

import { clockTime, dayOf } from "../calendar";
import { CATEGORIES, CITIZEN_CARD, ID_TYPES, KIND_WORDS, LEVELS, STATION_KINDS, WAYS } from "../credentials/kinds";
import { type Award, type Credential, type Holder, type Postdoc, type Qualification, type Title } from "../credentials/model";
import { type Result, type Verdict } from "./verdict";

export type Standing = "confirmed" | "pending" | "unconfirmed" | "none";

const CONFIRMED: readonly Result[] = ["genuine_valid", "genuine_not_valid"];
const PENDING: readonly Result[] = ["genuine_unconfirmed", "not_checkable_now", "legacy_unsigned"];
const HIDDEN: readonly Result[] = ["altered", "copy_expired", "mismatch", "no_record", "unreadable"];

/** One line: the code of its label, its Chinese value, and the code of the English beside a fixed Chinese word. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly gloss: string | null;
  readonly big: boolean;
}

/** How far the facts may be relied on; "none" shows no facts. */
export function standing({ credential, result }: Verdict): Standing {
  if (credential === null || HIDDEN.includes(result)) return "none";
  return CONFIRMED.includes(result) ? "confirmed" : PENDING.includes(result) ? "pending" : "unconfirmed";
}

/** All lines of the verdict's certificate, nothing masked; empty when there is none to show. */
export function facts(verdict: Verdict): readonly Fact[] {
  const { credential } = verdict;
  return credential === null || standing(verdict) === "none" ? [] : lines(credential, verdict.issuer).filter((fact) => fact.value !== "");
}

/** The characters of a name that many systems cannot show, with their code points, such as 䶮（U+4DAE）. */
export function rareCharacters(name: string): string {
  const rare = [...new Set(name)].map((each) => [each, each.codePointAt(0) as number] as const);
  const shown = rare.filter(([, point]) => point > 0x2e7f && !(point >= 0x4e00 && point <= 0x9fa5));
  return shown.map(([each, point]) => `${each}（U+${point.toString(16).toUpperCase().padStart(4, "0")}）`).join("、");
}

function fact(label: string, value: string | null, { gloss = null, big = false }: { gloss?: string | null; big?: boolean } = {}): Fact {
  return { label: `fact.${label}`, value: value ?? "", gloss, big };
}

function lines({ holder, award, awardedOn, number, identifier, issuer, issuedAt, expiresAt }: Credential, trusted: string | null): readonly Fact[] {
  return [
    fact("holder", holder.name, { big: true }),
    fact("rare", rareCharacters(holder.name)),
    ...awardLines(award),
    ...identityLines(holder),
    trusted === null ? fact("issuer_claimed", issuer) : fact("issuer", trusted),
    fact("awarded_on", awardedOn.text),
    fact("number", number),
    fact("identifier", identifier),
    fact("kind", KIND_WORDS[award.kind], { gloss: `value.kind.${award.kind}` }),
    fact("expires_at", expiresAt === null ? null : dayOf(expiresAt)),
    fact("issued_at", clockTime(issuedAt)),
  ];
}

function identityLines({ idType, idTail }: Holder): readonly Fact[] {
  if (idTail === null) return [];
  const kind = idType ?? CITIZEN_CARD;
  return [fact("identity", kind, { gloss: glossOf("identity", ID_TYPES, kind) }), fact("identity_tail", idTail)];
}

function glossOf(table: string, words: ReadonlyMap<string, string>, word: string | null): string | null {
  const code = word === null ? undefined : words.get(word);
  return code === undefined ? null : `value.${table}.${code}`;
}

function awardLines(award: Award): readonly Fact[] {
  return award.kind === "title" ? titleLines(award) : award.kind === "qualification" ? qualificationLines(award) : postdocLines(award);
}

function titleLines(award: Title): readonly Fact[] {
  return [
    fact("title_name", award.name, { big: true }),
    fact("series", award.series),
    fact("specialty", award.specialty),
    fact("level", award.level, { gloss: glossOf("level", LEVELS, award.level) }),
    fact("way", award.way, { gloss: glossOf("way", WAYS, award.way) }),
    fact("committee", award.committee),
    fact("approval_no", award.approvalNo),
  ];
}

function qualificationLines(award: Qualification): readonly Fact[] {
  return [
    fact("qualification_name", award.name, { big: true }),
    fact("specialty", award.specialty),
    fact("level", award.level, { gloss: glossOf("level", LEVELS, award.level) }),
    fact("category", award.category, { gloss: glossOf("category", CATEGORIES, award.category) }),
    fact("exam", award.exam),
    fact("admin_no", award.adminNo),
  ];
}

function postdocLines(award: Postdoc): readonly Fact[] {
  return [
    fact("station", award.station, { big: true }),
    fact("station_kind", award.stationKind, { gloss: glossOf("station", STATION_KINDS, award.stationKind) }),
    fact("discipline", award.discipline),
    fact("partner", award.partner),
    fact("entered", award.entered.text),
    fact("completed", award.completed.text),
    fact("postdoc_no", award.postdocNo),
  ];
}
