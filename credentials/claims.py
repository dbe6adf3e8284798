"""What a credential says, as claims: the only place that spells claim names.

Two spellings: the compact map of the QR token (CWT claims, RFC 8392) and the W3C VC Data Model 2.0 document. Reading is
strict by construction: what was read is written again, and both must be equal. So an unknown, missing, doubled or
contradicting claim never passes.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from credentials.dates import PartialDate
from credentials.errors import ClaimsInvalid, FieldInvalid, IssuerCodeMissing
from credentials.kinds import CITIZEN_CARD, KINDS, Kind
from credentials.model import Award, Credential, Holder, Postdoc, Qualification, StatusRef, Title
from keys.cbor import decode_unordered, encode, encode_ordered

# the QR token ------------------------------------------------------------------------------------------------------

ISSUED_AT: Final = 6  # RFC 8392 §3.1.6
EXPIRES_AT: Final = 4  # RFC 8392 §3.1.4
CREDENTIAL: Final = -65537  # a private-use label: the map below

# Labels of that map. Published ones keep their meaning for ever; a new one needs a new version byte.
ID, NUMBER, LIST, INDEX, KIND, NAME, ID_TAIL, ID_TYPE, AWARDED_ON, ISSUER = range(1, 11)
# Labels of an award's fields, by the names they have in `model`. Approval numbers stand in the document form only.
AWARD_LABELS: Final[Mapping[type[Award], Mapping[str, int]]] = {
    Title: {"name": 11, "series": 12, "specialty": 13, "level": 14, "way": 15, "committee": 16},
    Qualification: {"name": 11, "specialty": 13, "level": 14, "category": 18, "exam": 19, "admin_no": 20},
    Postdoc: {
        "discipline": 13,
        "station": 21,
        "station_kind": 22,
        "partner": 23,
        "entered": 24,
        "completed": 25,
        "postdoc_no": 26,
    },
}
_AWARDS: Final[Mapping[Kind, type[Award]]] = {
    Kind.TITLE: Title,
    Kind.QUALIFICATION: Qualification,
    Kind.POSTDOC: Postdoc,
}
_DATES: Final = frozenset({"entered", "completed"})


def to_qr_claims(credential: Credential) -> dict[int, Any]:
    """Return the claims of the QR token, labels in the order of deterministic CBOR, absent where there is nothing.

    Left out: the issuer's code (the key names the body), an identifier (too long) and an approval number. A document type is left out where it is
    the usual one, the resident identity card.
    """
    holder, status, award = credential.holder, credential.status, credential.award
    facts: dict[int, Any] = {
        ID: credential.id.bytes,
        NUMBER: credential.number,
        LIST: status.list,
        INDEX: status.index,
        KIND: credential.kind.zh,
        NAME: holder.name,
    }
    if holder.id_tail is not None:
        facts[ID_TAIL] = holder.id_tail
        if holder.id_type != CITIZEN_CARD:
            facts[ID_TYPE] = holder.id_type
    facts[AWARDED_ON] = str(credential.awarded_on)
    facts[ISSUER] = credential.issuer
    for name, label in AWARD_LABELS[type(award)].items():
        value = getattr(award, name)
        if value is not None:
            facts[label] = str(value)
    if credential.expires_at is None:
        return {ISSUED_AT: credential.issued_at, CREDENTIAL: facts}
    return {EXPIRES_AT: credential.expires_at, ISSUED_AT: credential.issued_at, CREDENTIAL: facts}


def from_qr_claims(claims: object) -> Credential:
    """Return the credential that QR claims stand for; equal to `as_in_qr` of the one that was sealed.

    Raises ClaimsInvalid, or the error of the field that cannot be.
    """
    credential = _understood(claims)
    if to_qr_claims(credential) != claims:
        raise ClaimsInvalid(claim="surplus")
    return credential


def to_qr_payload(credential: Credential) -> bytes:
    """Return the payload of the QR token: the claims in deterministic CBOR (RFC 8949 §4.2.1)."""
    return encode(to_qr_claims(credential))


def from_qr_payload(payload: bytes) -> Credential:
    """Return the credential in a QR token's payload; `to_qr_payload` of it is `payload` again, to the byte.

    Writing it again is the strict reading: another order, a duplicate, a surplus or longer form would not come back.
    Raises CborMalformed, TooLarge (`keys.errors`), ClaimsInvalid, or the error of the field that cannot be.
    """
    credential = _understood(decode_unordered(payload))
    if encode_ordered(to_qr_claims(credential)) != payload:
        raise ClaimsInvalid(claim="encoding")
    return credential


def _understood(claims: object) -> Credential:
    try:
        facts = claims[CREDENTIAL]  # type: ignore[index]  # anything that cannot be indexed is refused below
        return _qr_credential(claims, facts)
    except (LookupError, TypeError, ValueError, AttributeError):
        raise ClaimsInvalid(claim="structure") from None


def _qr_credential(claims: Any, facts: Any) -> Credential:
    tail = facts.get(ID_TAIL)
    kind = _AWARDS[KINDS[facts[KIND]]]
    return Credential(
        id=_uuid(facts[ID]),
        number=facts[NUMBER],
        holder=Holder(facts[NAME], facts.get(ID_TYPE, CITIZEN_CARD) if tail is not None else None, tail),
        award=_award(kind, {name: facts.get(label) for name, label in AWARD_LABELS[kind].items()}),
        issuer=facts[ISSUER],
        issuer_code=None,
        awarded_on=PartialDate.parse(facts[AWARDED_ON]),
        status=StatusRef(facts[LIST], facts[INDEX]),
        issued_at=claims[ISSUED_AT],
        expires_at=claims.get(EXPIRES_AT),
    )


def _uuid(raw: object) -> UUID:
    if type(raw) is not bytes:
        raise FieldInvalid(field="id")
    return UUID(bytes=raw)


def as_in_qr(credential: Credential) -> Credential:
    """Return the credential as its QR token says it: without issuer code, identifier and approval number."""
    award = credential.award
    if isinstance(award, Title):
        award = replace(award, approval_no=None)
    return replace(credential, issuer_code=None, identifier=None, award=award)


def _award(kind: type[Award], values: dict[str, Any]) -> Award:
    for name in _DATES & values.keys():
        values[name] = PartialDate.parse(values[name])
    return kind(**values)


# the document ------------------------------------------------------------------------------------------------------

CONTEXTS: Final = ("https://www.w3.org/ns/credentials/v2", "https://hallmark.example/contexts/v1")
_TYPES: Final = {
    Kind.TITLE: "ProfessionalTitleCredential",
    Kind.QUALIFICATION: "ProfessionalQualificationCredential",
    Kind.POSTDOC: "PostdoctoralCredential",
}
_KIND_OF_TYPE: Final = {name: kind for kind, name in _TYPES.items()}
_PURPOSES: Final = ("revocation", "suspension")
_STATUS_PATH: Final = "/status/"
_LIST_NUMBER = re.compile("0|[1-9][0-9]{0,9}")
_NAME, _ID_TYPE, _ID_TAIL = "name", "identityDocumentType", "identityDocumentTail"
_NUMBER, _IDENTIFIER, _AWARDED_ON = "certificateNumber", "certificateIdentifier", "awardedOn"

# Property names of an award's fields in the document, by the names they have in `model`.
AWARD_PROPERTIES: Final[Mapping[type[Award], Mapping[str, str]]] = {
    Title: {
        "name": "titleName",
        "series": "series",
        "specialty": "specialty",
        "level": "level",
        "way": "acquisitionRoute",
        "committee": "reviewCommittee",
        "approval_no": "approvalNumber",
    },
    Qualification: {
        "name": "qualificationName",
        "specialty": "specialty",
        "level": "level",
        "category": "category",
        "exam": "examination",
        "admin_no": "administrationNumber",
    },
    Postdoc: {
        "station": "station",
        "station_kind": "stationKind",
        "discipline": "discipline",
        "partner": "partnerStation",
        "entered": "enteredOn",
        "completed": "completedOn",
        "postdoc_no": "postdocNumber",
    },
}


def to_document(credential: Credential, *, registry_url: str) -> dict[str, Any]:
    """Return the VC Data Model 2.0 document, JWT claims included (VC-JOSE-COSE §3.1.1), members in a fixed order.

    `registry_url` is where both forms of the status list stand; it has no part in any verdict. Raises IssuerCodeMissing.
    """
    if credential.issuer_code is None:
        raise IssuerCodeMissing
    issuer, identifier = f"urn:uscc:{credential.issuer_code}", credential.id.urn
    registry, status, expires = registry_url.rstrip("/"), credential.status, credential.expires_at
    document = {
        "@context": list(CONTEXTS),
        "id": identifier,
        "type": ["VerifiableCredential", _TYPES[credential.kind]],
        "issuer": {"id": issuer, "name": credential.issuer},
        "validFrom": _timestamp(credential.issued_at),
        "validUntil": None if expires is None else _timestamp(expires),
        "credentialSubject": _subject(credential),
        "credentialStatus": [_bitstring_entry(registry, status, purpose) for purpose in _PURPOSES],
        "status": {"status_list": {"idx": status.index, "uri": f"{registry}{_STATUS_PATH}{status.list}"}},
        "iss": issuer,
        "iat": credential.issued_at,
        "exp": expires,
        "jti": identifier,
    }
    if expires is None:
        del document["validUntil"], document["exp"]
    return document


def from_document(document: object) -> Credential:
    """Return the credential of a document; equal to the one that was sealed.

    Of the status URLs only the list number is taken, and all must agree. Raises ClaimsInvalid, or the error of the field
    that cannot be.
    """
    try:
        registry, credential = _document_credential(document)
    except (LookupError, TypeError, ValueError, AttributeError):
        raise ClaimsInvalid(claim="structure") from None
    if to_document(credential, registry_url=registry) != document:
        raise ClaimsInvalid(claim="surplus")
    return credential


def _document_credential(document: Any) -> tuple[str, Credential]:
    subject, entry = document["credentialSubject"], document["status"]["status_list"]
    registry, list_no = _status_location(entry["uri"])
    kind = _AWARDS[_KIND_OF_TYPE[document["type"][1]]]
    return registry, Credential(
        id=UUID(document["id"]),
        number=subject[_NUMBER],
        holder=Holder(subject[_NAME], subject.get(_ID_TYPE), subject.get(_ID_TAIL)),
        award=_award(kind, {name: subject.get(spelt) for name, spelt in AWARD_PROPERTIES[kind].items()}),
        issuer=document["issuer"]["name"],
        issuer_code=document["iss"].removeprefix("urn:uscc:"),
        awarded_on=PartialDate.parse(subject[_AWARDED_ON]),
        status=StatusRef(list_no, entry["idx"]),
        issued_at=document["iat"],
        expires_at=document.get("exp"),
        identifier=subject.get(_IDENTIFIER),
    )


def _subject(credential: Credential) -> dict[str, str]:
    holder, award = credential.holder, credential.award
    subject = {_NAME: holder.name}
    if holder.id_type is not None and holder.id_tail is not None:
        subject[_ID_TYPE], subject[_ID_TAIL] = holder.id_type, holder.id_tail
    subject[_NUMBER] = credential.number
    if credential.identifier is not None:
        subject[_IDENTIFIER] = credential.identifier
    subject[_AWARDED_ON] = str(credential.awarded_on)
    for name, spelt in AWARD_PROPERTIES[type(award)].items():
        value = getattr(award, name)
        if value is not None:
            subject[spelt] = str(value)
    return subject


def _bitstring_entry(registry: str, status: StatusRef, purpose: str) -> dict[str, str]:
    return {
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(status.index),
        "statusListCredential": f"{registry}/bitstring/{status.list}/{purpose}",
    }


def _status_location(uri: str) -> tuple[str, int]:
    registry, path, number = uri.rpartition(_STATUS_PATH)
    if not path or not _LIST_NUMBER.fullmatch(number):
        raise ClaimsInvalid(claim="status")
    return registry, int(number)


def _timestamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
