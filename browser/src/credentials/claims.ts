// The claims of the QR token (CWT claims, RFC 8392): what was understood is written again, and both must be equal.

import { equal, type Bytes } from "../bytes";
import { CredentialsError } from "../errors";
import { CborMap, decodeUnordered, encode, isBytes, mapOf, type Cbor } from "../keys/cbor";
import { PartialDate } from "./dates";
import { CITIZEN_CARD, KINDS, KIND_WORDS, type Kind } from "./kinds";
import { absent, makeAward, makeCredential, makeHolder, makeStatusRef, requireField, type Credential, type Raw } from "./model";

const ISSUED_AT = 6;
const EXPIRES_AT = 4;
const CREDENTIAL = -65537;
const [ID, NUMBER, LIST, INDEX, KIND, NAME, ID_TAIL, ID_TYPE, AWARDED_ON, ISSUER] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;

/** Labels of an award's fields, in ascending order, by the names they have in the model. */
const AWARD_LABELS: Readonly<Record<Kind, readonly (readonly [string, number])[]>> = {
  title: [["name", 11], ["series", 12], ["specialty", 13], ["level", 14], ["way", 15], ["committee", 16]],
  qualification: [["name", 11], ["specialty", 13], ["level", 14], ["category", 18], ["exam", 19], ["adminNo", 20]],
  postdoc: [["discipline", 13], ["station", 21], ["stationKind", 22], ["partner", 23], ["entered", 24], ["completed", 25], ["postdocNo", 26]],
};

export const invalidClaims = (claim: string) => new CredentialsError("credentials.claims_invalid", { claim });

/** The certificate in a QR token's payload; raises keys.cbor_malformed, credentials.claims_invalid, or the field's error. */
export function fromQrPayload(payload: Bytes): Credential {
  const credential = understood(decodeUnordered(payload));
  if (!equal(encode(toQrClaims(credential)), payload)) throw invalidClaims("encoding");
  return credential;
}

function understood(claims: Cbor): Credential {
  const facts = claims instanceof CborMap ? claims.get(CREDENTIAL) : undefined;
  if (!(claims instanceof CborMap) || !(facts instanceof CborMap)) throw invalidClaims("structure");
  const tail = facts.get(ID_TAIL);
  const kind = KINDS.get(needed(facts, KIND) as string);
  if (kind === undefined) throw invalidClaims("structure");
  const id = uuid(needed(facts, ID));
  const number = needed(facts, NUMBER);
  const holder = makeHolder(needed(facts, NAME), absent(tail) ? null : facts.has(ID_TYPE) ? facts.get(ID_TYPE) : CITIZEN_CARD, tail);
  const award = makeAward(kind, Object.fromEntries(AWARD_LABELS[kind].map(([name, label]) => [name, facts.get(label)])));
  const issuer = needed(facts, ISSUER);
  const awardedOn = PartialDate.parse(needed(facts, AWARDED_ON));
  const status = makeStatusRef(needed(facts, LIST), needed(facts, INDEX));
  const raw = { number, issuer, issuerCode: null, identifier: null, issuedAt: needed(claims, ISSUED_AT), expiresAt: claims.get(EXPIRES_AT) };
  return makeCredential({ id, holder, award, awardedOn, status }, raw);
}

function needed(map: CborMap, label: number): Cbor {
  const value = map.get(label);
  if (value === undefined) throw invalidClaims("structure");
  return value;
}

function uuid(raw: Cbor): Bytes {
  requireField(isBytes(raw), "id");
  if ((raw as Bytes).length !== 16) throw invalidClaims("structure");
  return raw as Bytes;
}

function toQrClaims(credential: Credential): CborMap {
  const { holder, award, status } = credential;
  const facts: [number, Cbor | undefined][] = [
    [ID, credential.id],
    [NUMBER, credential.number],
    [LIST, status.list],
    [INDEX, status.index],
    [KIND, KIND_WORDS[award.kind]],
    [NAME, holder.name],
    [ID_TAIL, holder.idTail ?? undefined],
    [ID_TYPE, holder.idType !== CITIZEN_CARD ? (holder.idType ?? undefined) : undefined],
    [AWARDED_ON, credential.awardedOn.text],
    [ISSUER, credential.issuer],
    ...AWARD_LABELS[award.kind].map(([name, label]) => [label, spelled((award as unknown as Raw)[name])] as [number, Cbor | undefined]),
  ];
  return mapOf([
    [EXPIRES_AT, credential.expiresAt ?? undefined],
    [ISSUED_AT, credential.issuedAt],
    [CREDENTIAL, mapOf(facts)],
  ]);
}

function spelled(value: unknown): string | undefined {
  return absent(value) ? undefined : String(value as string | PartialDate);
}
