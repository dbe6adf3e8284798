// The claims of the document (W3C VC Data Model 2.0): what was understood is written again, and both must be equal.

import { fromHex, hex, type Bytes } from "../bytes";
import { type Json, type JsonObject } from "../keys/strictjson";
import { invalidClaims } from "./claims";
import { PartialDate } from "./dates";
import { type Kind } from "./kinds";
import { absent, makeAward, makeCredential, makeHolder, makeStatusRef, type Credential, type Raw } from "./model";

const CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://hallmark.example/contexts/v1"];
const TYPES: Readonly<Record<Kind, string>> = {
  title: "ProfessionalTitleCredential",
  qualification: "ProfessionalQualificationCredential",
  postdoc: "PostdoctoralCredential",
};
const LIST_NUMBER = /^(?:0|[1-9][0-9]{0,9})$/;

/** Property names of an award's fields, by the names they have in the model. */
const PROPERTIES: Readonly<Record<Kind, readonly (readonly [string, string])[]>> = {
  title: [
    ["name", "titleName"], ["series", "series"], ["specialty", "specialty"], ["level", "level"],
    ["way", "acquisitionRoute"], ["committee", "reviewCommittee"], ["approvalNo", "approvalNumber"],
  ],
  qualification: [
    ["name", "qualificationName"], ["specialty", "specialty"], ["level", "level"], ["category", "category"],
    ["exam", "examination"], ["adminNo", "administrationNumber"],
  ],
  postdoc: [
    ["station", "station"], ["stationKind", "stationKind"], ["discipline", "discipline"], ["partner", "partnerStation"],
    ["entered", "enteredOn"], ["completed", "completedOn"], ["postdocNo", "postdocNumber"],
  ],
};

/** The certificate of a document; raises credentials.claims_invalid, or the error of the field that cannot be. */
export function fromDocument(document: Json): Credential {
  const [registry, credential] = understood(document);
  if (!same(toDocument(credential, registry), document)) throw invalidClaims("surplus");
  return credential;
}

function understood(document: Json): readonly [string, Credential] {
  const whole = object(document);
  const subject = object(needed(whole, "credentialSubject"));
  const entry = object(needed(object(needed(whole, "status")), "status_list"));
  const [registry, list] = statusLocation(text(needed(entry, "uri")));
  const types = needed(whole, "type");
  const kind = (Object.keys(TYPES) as Kind[]).find((each) => Array.isArray(types) && types[1] === TYPES[each]);
  if (kind === undefined) throw invalidClaims("structure");
  const id = uuid(text(needed(whole, "id")));
  const number = needed(subject, "certificateNumber");
  const holder = makeHolder(needed(subject, "name"), subject.get("identityDocumentType"), subject.get("identityDocumentTail"));
  const award = makeAward(kind, Object.fromEntries(PROPERTIES[kind].map(([name, spelled]) => [name, subject.get(spelled)])));
  const issuer = needed(object(needed(whole, "issuer")), "name");
  const issuerCode = text(needed(whole, "iss")).replace(/^urn:uscc:/, "");
  const awardedOn = PartialDate.parse(needed(subject, "awardedOn"));
  const status = makeStatusRef(list, needed(entry, "idx"));
  const raw = { number, issuer, issuerCode, identifier: subject.get("certificateIdentifier"), issuedAt: needed(whole, "iat"), expiresAt: whole.get("exp") };
  return [registry, makeCredential({ id, holder, award, awardedOn, status }, raw)];
}

function object(value: Json): JsonObject {
  if (!(value instanceof Map)) throw invalidClaims("structure");
  return value as JsonObject;
}

function needed(members: JsonObject, name: string): Json {
  const value = members.get(name);
  if (value === undefined) throw invalidClaims("structure");
  return value;
}

function text(value: Json): string {
  if (typeof value !== "string") throw invalidClaims("structure");
  return value;
}

function uuid(urn: string): Bytes {
  const digits = urn.replaceAll("urn:", "").replaceAll("uuid:", "").replace(/^[{}]+|[{}]+$/g, "").replaceAll("-", "");
  if (!/^[0-9a-fA-F]{32}$/.test(digits)) throw invalidClaims("structure");
  return fromHex(digits);
}

function statusLocation(uri: string): readonly [string, number] {
  const at = uri.lastIndexOf("/status/");
  const number = uri.slice(at + "/status/".length);
  if (at < 0 || !LIST_NUMBER.test(number)) throw invalidClaims("status");
  return [uri.slice(0, at), Number(number)];
}

function toDocument(credential: Credential, registry: string): Json {
  const { award, status, expiresAt } = credential;
  const base = registry.replace(/\/+$/, "");
  const [identifier, issuer] = [urn(credential.id), `urn:uscc:${credential.issuerCode}`];
  return objectOf([
    ["@context", CONTEXTS],
    ["id", identifier],
    ["type", ["VerifiableCredential", TYPES[award.kind]]],
    ["issuer", objectOf([["id", issuer], ["name", credential.issuer]])],
    ["validFrom", timestamp(credential.issuedAt)],
    ["validUntil", expiresAt === null ? undefined : timestamp(expiresAt)],
    ["credentialSubject", subjectOf(credential)],
    ["credentialStatus", ["revocation", "suspension"].map((purpose) => bitstringEntry(base, credential, purpose))],
    ["status", objectOf([["status_list", objectOf([["idx", status.index], ["uri", `${base}/status/${status.list}`]])]])],
    ["iss", issuer],
    ["iat", credential.issuedAt],
    ["exp", expiresAt ?? undefined],
    ["jti", identifier],
  ]);
}

function subjectOf(credential: Credential): JsonObject {
  const { holder, award } = credential;
  const named = holder.idType !== null && holder.idTail !== null;
  return objectOf([
    ["name", holder.name],
    ["identityDocumentType", named ? (holder.idType as string) : undefined],
    ["identityDocumentTail", named ? (holder.idTail as string) : undefined],
    ["certificateNumber", credential.number],
    ["certificateIdentifier", credential.identifier ?? undefined],
    ["awardedOn", credential.awardedOn.text],
    ...PROPERTIES[award.kind].map(([name, spelled]) => [spelled, spelledValue((award as unknown as Raw)[name])] as const),
  ]);
}

function bitstringEntry(base: string, { status }: Credential, purpose: string): JsonObject {
  return objectOf([
    ["type", "BitstringStatusListEntry"],
    ["statusPurpose", purpose],
    ["statusListIndex", String(status.index)],
    ["statusListCredential", `${base}/bitstring/${status.list}/${purpose}`],
  ]);
}

function objectOf(members: readonly (readonly [string, Json | undefined])[]): JsonObject {
  return new Map(members.filter((member): member is readonly [string, Json] => member[1] !== undefined));
}

function spelledValue(value: unknown): string | undefined {
  return absent(value) ? undefined : String(value as string | PartialDate);
}

function urn(id: Bytes): string {
  return `urn:uuid:${hex(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}`;
}

function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** Equal as JSON: the order of members says nothing. */
function same(a: Json, b: Json): boolean {
  if (a instanceof Map) return b instanceof Map && a.size === b.size && [...a].every(([name, value]) => b.has(name as string) && same(value as Json, b.get(name as string) as Json));
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((value, at) => same(value as Json, b[at] as Json));
  return a === b;
}
