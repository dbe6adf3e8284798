// The certificate: what an issuing body says of a person, checked when it is made. Pure.

import { type Bytes } from "../bytes";
import { CredentialsError } from "../errors";
import { PartialDate } from "./dates";
import { isCreditCode, isNumber, isTail, licenceParts } from "./identifiers";
import { CATEGORIES, LEVELS, STATION_KINDS, WAYS, type Kind } from "./kinds";
import { isName, isText } from "./text";

const MAX_TIME = 2 ** 33;
const MAX_STATUS_LIST = 2 ** 31;
const STATUS_SLOTS = 2 ** 17;

export interface Holder {
  readonly name: string;
  readonly idType: string | null;
  readonly idTail: string | null;
}

export interface Title {
  readonly kind: "title";
  readonly name: string;
  readonly series: string;
  readonly specialty: string;
  readonly level: string;
  readonly way: string;
  readonly committee: string;
  readonly approvalNo: string | null;
}

export interface Qualification {
  readonly kind: "qualification";
  readonly name: string;
  readonly specialty: string | null;
  readonly level: string | null;
  readonly category: string;
  readonly exam: string | null;
  readonly adminNo: string | null;
}

export interface Postdoc {
  readonly kind: "postdoc";
  readonly station: string;
  readonly stationKind: string;
  readonly discipline: string;
  readonly partner: string | null;
  readonly entered: PartialDate;
  readonly completed: PartialDate;
  readonly postdocNo: string | null;
}

export type Award = Title | Qualification | Postdoc;

export interface StatusRef {
  readonly list: number;
  readonly index: number;
}

/** One certificate. `id` is the random UUID; times are UNIX seconds; absent facts are null. */
export interface Credential {
  readonly id: Bytes;
  readonly number: string;
  readonly holder: Holder;
  readonly award: Award;
  readonly issuer: string;
  readonly issuerCode: string | null;
  readonly awardedOn: PartialDate;
  readonly status: StatusRef;
  readonly issuedAt: number;
  readonly expiresAt: number | null;
  /** The identifier of GB/T 36904 whose serial is `number`; null where the body has none, and in a QR code. */
  readonly identifier: string | null;
}

/** Values by the names that fields have in the model, as they were read: anything may stand there. */
export type Raw = Readonly<Record<string, unknown>>;

const invalid = (field: string) => new CredentialsError("credentials.field_invalid", { field });

export function requireField(holds: boolean, field: string): void {
  if (!holds) throw invalid(field);
}

export function makeHolder(name: unknown, idType: unknown, idTail: unknown): Holder {
  requireField(isName(name), "holder.name");
  if (!absent(idType) || !absent(idTail)) {
    requireField(isText(idType), "holder.id_type");
    requireField(isTail(idTail), "holder.id_tail");
  }
  return { name: name as string, idType: orNull(idType), idTail: orNull(idTail) };
}

export function makeAward(kind: Kind, raw: Raw): Award {
  return kind === "title" ? title(raw) : kind === "qualification" ? qualification(raw) : postdoc(raw);
}

function title(raw: Raw): Title {
  const texts = requireTexts(raw, ["name", "series", "specialty", "committee"], ["approvalNo"]);
  return {
    kind: "title",
    ...(texts as Pick<Title, "name" | "series" | "specialty" | "committee" | "approvalNo">),
    level: word("level", raw["level"], LEVELS),
    way: word("way", raw["way"], WAYS),
  };
}

function qualification(raw: Raw): Qualification {
  const texts = requireTexts(raw, ["name"], ["specialty", "level", "exam", "adminNo"]);
  return {
    kind: "qualification",
    ...(texts as Pick<Qualification, "name" | "specialty" | "level" | "exam" | "adminNo">),
    category: word("category", raw["category"], CATEGORIES),
  };
}

function postdoc(raw: Raw): Postdoc {
  const entered = PartialDate.parse(raw["entered"]);
  const completed = PartialDate.parse(raw["completed"]);
  const texts = requireTexts(raw, ["station", "discipline"], ["partner", "postdocNo"]);
  const stationKind = word("station_kind", raw["stationKind"], STATION_KINDS);
  requireField(!completed.surelyBefore(entered), "completed");
  requireField(texts["partner"] !== null || STATION_KINDS.get(stationKind) !== "practice_base", "partner");
  return { kind: "postdoc", ...(texts as Pick<Postdoc, "station" | "discipline" | "partner" | "postdocNo">), stationKind, entered, completed };
}

export function makeStatusRef(list: unknown, index: unknown): StatusRef {
  return { list: whole("list", list, MAX_STATUS_LIST), index: whole("index", index, STATUS_SLOTS) };
}

/** The certificate of parts that were made above; raises credentials.field_invalid. */
export function makeCredential(parts: Omit<Credential, "number" | "issuer" | "issuerCode" | "issuedAt" | "expiresAt" | "identifier">, raw: Raw): Credential {
  requireField(parts.id.length === 16 && ((parts.id[6] as number) & 0xf0) === 0x40 && ((parts.id[8] as number) & 0xc0) === 0x80, "id");
  requireField(isNumber(raw["number"]), "number");
  requireField(isText(raw["issuer"]), "issuer");
  requireField(absent(raw["issuerCode"]) || isCreditCode(raw["issuerCode"]), "issuer_code");
  const issuedAt = whole("issued_at", raw["issuedAt"], MAX_TIME);
  const expiresAt = absent(raw["expiresAt"]) ? null : whole("expires_at", raw["expiresAt"], MAX_TIME);
  requireField(expiresAt === null || expiresAt > issuedAt, "expires_at");
  requireIdentifier(raw);
  const texts = { number: raw["number"] as string, issuer: raw["issuer"] as string, issuerCode: orNull(raw["issuerCode"]), identifier: orNull(raw["identifier"]) };
  return { ...parts, ...texts, issuedAt, expiresAt };
}

/** An identifier is of this number and this body, or it is none. */
function requireIdentifier({ identifier, number, issuerCode }: Raw): void {
  if (absent(identifier)) return;
  requireField(typeof identifier === "string", "identifier");
  const parts = licenceParts(identifier as string);
  if (parts === null) throw new CredentialsError("credentials.certificate_identifier_invalid");
  requireField(parts.serial === number && parts.issuer === issuerCode, "identifier");
}

export function absent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function orNull(value: unknown): string | null {
  return absent(value) ? null : (value as string);
}

function requireTexts(raw: Raw, required: readonly string[], optional: readonly string[]): Readonly<Record<string, string | null>> {
  for (const field of required) requireField(isText(raw[field]), field);
  for (const field of optional) requireField(absent(raw[field]) || isText(raw[field]), field);
  return Object.fromEntries([...required, ...optional].map((field) => [field, orNull(raw[field])]));
}

function word(field: string, value: unknown, words: ReadonlyMap<string, string>): string {
  if (typeof value !== "string" || !words.has(value)) throw new CredentialsError("credentials.word_unknown", { field });
  return value;
}

function whole(field: string, value: unknown, limit: number): number {
  requireField(typeof value === "number" && value >= 0 && value < limit, field);
  return value as number;
}
