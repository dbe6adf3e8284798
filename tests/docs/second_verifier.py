"""A second verifier, written from docs/formats.md and docs/verification.md alone: the standard library and `cryptography`.

`answer(text, read, roots, now)` runs steps 1 to 8 over a QR text and returns the result's name. It shares no line with the
rooms, so what both say is what the documents say. It is slow, fetches nothing and explains nothing.

By hand, from the project's folder: python -m tests.docs.second_verifier roots.json FOLDER-OR-BUNDLE QR-TEXT
"""

import re
import sys
import zlib
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from time import time  # noqa: TID251  # the clock of the command line below
from typing import Any

from tests.docs.second_encodings import GapError, cbor, unb64u, verifies
from tests.docs.second_formats import Evidence, Read, bundle, folder

DICTIONARIES = {1: Path(__file__).parents[2] / "docs" / "dictionary-1.bin"}
NUMBER = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SHOWN = "[^/#?@\\\\\x00-\x20\x7f-\xa0\u061c\u1680\u2000-\u206f\u3000\ufeff]"
TEXT = re.compile(f"(?:https://{SHOWN}{{1,253}}/(?:c/|#))?([0-9]{{1,4300}})", re.IGNORECASE | re.ASCII)
CHINA = timezone(timedelta(hours=8))
ALWAYS = {1, 2, 3, 4, 5, 6, 9, 10}
LABELS = {  # kind: (labels that must stand there, labels that may)
    "职称": (ALWAYS | {11, 12, 13, 14, 15, 16}, {7, 8}),
    "职业资格": (ALWAYS | {11, 18}, {7, 8, 13, 14, 19, 20}),
    "博士后": (ALWAYS | {13, 21, 22, 24, 25}, {7, 8, 23, 26}),
}


class RefusedError(Exception):
    """The text itself already has its answer."""


# formats 2 to 3: number, QR text, token, claims --------------------------------------------------------------------


def is_number(text: str) -> bool:
    product = 36
    for character in text[:12]:
        product = ((product + int(character, 36)) % 36 or 36) * 2 % 37
    whole = len(text) == 13 and all(character in NUMBER for character in text)
    return whole and int(text[12], 36) == (37 - product) % 36


def read_text(text: str) -> tuple[bytes, int]:
    form = TEXT.fullmatch(text.strip())
    if form is None:
        raise RefusedError("unreadable")
    number = int(form[1])
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if len(raw) < 90 or raw[0] != 1:
        raise RefusedError("unreadable")
    if form[1].startswith("0"):
        raise RefusedError("altered")
    if raw[1] not in DICTIONARIES:
        raise RefusedError("not_checkable_now")
    stream = zlib.decompressobj(-15, zdict=DICTIONARIES[raw[1]].read_bytes())
    try:
        token = stream.decompress(raw[2:], 4097)
    except zlib.error:
        raise RefusedError("altered") from None
    if len(token) > 4096 or not stream.eof or stream.unused_data:
        raise RefusedError("altered")
    return token, raw[1]


def open_sign1(token: bytes, aad: bytes) -> tuple[bytes, Any, bytes, bytes]:
    """Return kid8, claims, signature and the Sig_structure of a COSE_Sign1 in our one form."""
    protected, unprotected, payload, signature = cbor(token)
    if token[0] != 0x84 or protected[:5] != bytes.fromhex("a201260448") or len(protected) != 13:
        raise ValueError("protected")
    if unprotected != {} or len(signature) != 64:
        raise ValueError("form")
    sig_structure = b"\x84\x6aSignature1" + b"".join(_bytes(part) for part in (protected, aad, payload))
    return protected[5:], cbor(payload), signature, sig_structure


def _bytes(part: bytes) -> bytes:
    size = len(part)
    if size < 24:
        return bytes([0x40 + size]) + part
    return (b"\x58" + bytes([size]) if size < 256 else b"\x59" + size.to_bytes(2, "big")) + part


def require_claims(claims: dict[int, Any]) -> None:
    """Refuse claims that section 3.4 does not allow (labels, numbers, lengths, dates; words are left to the issuer)."""
    facts = claims[-65537]
    must, may = LABELS[facts[5]]
    texts = [value for label, value in facts.items() if label not in {1, 3, 4}]
    sound = (
        set(claims) - {4} == {6, -65537}
        and must <= set(facts) <= must | may
        and len(facts[1]) == 16
        and (facts[1][6] >> 4, facts[1][8] >> 6) == (4, 2)
        and is_number(facts[2])
        and facts[3] in range(1 << 31)
        and facts[4] in range(1 << 17)
        and all(isinstance(text, str) and 1 <= len(text) <= 100 for text in texts)
        and (8 not in facts or 7 in facts)
        and claims[6] < claims.get(4, 1 << 33)
    )
    if not sound:
        raise ValueError("claims")
    for label in {9, 24, 25} & set(facts):
        first_day(facts[label])


def first_day(text: str) -> date:
    if not re.fullmatch("[0-9]{4}(-[0-9]{2}){0,2}", text):
        raise ValueError("date")
    return date.fromisoformat((text + "-01-01")[:10])


def last_day(text: str) -> date:
    first = first_day(text)
    if len(text) == 10:
        return first
    after = date(first.year + 1, 1, 1) if len(text) == 4 else (first + timedelta(days=31)).replace(day=1)
    return after - timedelta(days=1)


BROKEN = (ValueError, KeyError, TypeError, IndexError, AttributeError, StopIteration, zlib.error, RecursionError)


def sound(ask: Callable[..., Any], *args: Any) -> Any:
    """Ask for evidence; whatever cannot be parsed is rejected evidence."""
    try:
        return ask(*args)
    except BROKEN:
        raise GapError("rejected") from None


# verification: steps 1 to 8 and the bottom line --------------------------------------------------------------------


def answer(
    text: str, read: Read, roots_document: bytes, now: int, max_age: int = 86_400, proof: bytes | None = None
) -> str:
    """Return the name of the result for a QR text at `now`, with the `tlog-proof` that came with it."""
    try:
        token, version = read_text(text)
        try:
            kid8, claims, signature, sig_structure = open_sign1(token, b"hallmark/qr/%d" % version)
            require_claims(claims)
        except BROKEN:
            raise RefusedError("altered") from None
        evidence = Evidence(read, roots_document)
        try:
            trust, key = sound(evidence.key_of, kid8)
        except GapError:
            raise RefusedError("not_checkable_now") from None
        if key is None:
            raise RefusedError("unknown_issuer" if _in_force(evidence, trust, now) else "not_checkable_now")
        if not verifies(key["jwk"], signature, sig_structure):
            raise RefusedError("altered")
    except RefusedError as refused:
        return str(refused)
    found = {1: "pass", 2: "pass"}
    found[3] = _issuer(evidence, trust, key, claims, now)
    place, found[6] = _logged(evidence, kid8, claims, sha256(sig_structure).digest(), now, max_age, proof)
    found[4] = _key(key, place)
    found[5] = _authority(key, claims[-65537])
    found[7] = _status(evidence, claims, now, max_age)
    found[8] = _dates(evidence, claims, now)
    return bottom_line(found)


def _in_force(evidence: Evidence, trust: dict[str, Any], now: int) -> bool:
    """Whether roots and trust list are in force, and the list is one that the log shows."""
    try:
        sound(evidence.require_trust_logged)
    except GapError:
        return False
    return bool(now < evidence.roots["expires"] and trust["effective"] <= now < trust["expires"])


def _issuer(evidence: Evidence, trust: dict[str, Any], key: dict[str, Any], claims: dict[int, Any], now: int) -> str:
    if not _in_force(evidence, trust, now):
        return "unknown"
    return "pass" if claims[-65537][10] == key["body"]["name"] else "issuer_out_of_scope"


def _key(key: dict[str, Any], place: int | None) -> str:
    opened, closed, boundary = key["opened"], key["closed"], key["boundary"]
    if place is None:
        return "pass" if closed is None and boundary is None else "unknown"
    if boundary is not None and place >= boundary:
        return "unknown_issuer"
    within = opened < place and (closed is None or place < closed)
    return "pass" if within else "unknown_issuer"


def _authority(key: dict[str, Any], facts: dict[int, Any]) -> str:
    if facts[5] not in key["body"]["kinds"]:
        return "issuer_out_of_scope"
    first, last = first_day(facts[9]).isoformat(), last_day(facts[9]).isoformat()
    body = key["body"].get("suspended", [])
    if facts[5] != "职称":
        return "pass" if _some_day(first, last, body) else "issuer_out_of_scope"
    for one in key["authorities"]:
        scope = (one["committee"], one["series"], one["specialty"], one["level"])
        if (
            scope == (facts[16], facts[12], facts[13], facts[14])
            and one["valid_from"] <= last
            and first <= one["valid_until"]
            and _some_day(max(one["valid_from"], first), min(one["valid_until"], last), body + one.get("suspended", []))
        ):
            return "pass"
    return "issuer_out_of_scope"


def _some_day(first: str, last: str, suspensions: list[dict[str, Any]]) -> bool:
    """Whether a day from `first` to `last` lies in no suspension."""
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        if not any(one["first"] <= day.isoformat() <= (one["last"] or "9999") for one in suspensions):
            return True
        day += timedelta(days=1)
    return False


def _logged(
    evidence: Evidence,
    kid8: bytes,
    claims: dict[int, Any],
    digest: bytes,
    now: int,
    max_age: int,
    proof: bytes | None,
) -> tuple[int | None, str]:
    facts = claims[-65537]
    try:
        found = sound(evidence.entry, facts[3], facts[4])
        if found is not None:
            place, entry = found
            return (place, "pass") if (entry[2], entry[5]) == (kid8, digest) else (None, "not_logged")
        gap = "unknown"
    except GapError as missing:
        gap = "absent" if missing.args[0] == "absent" else "unknown"
    try:
        if proof is not None:
            place, entry = sound(evidence.attached, proof)
            if entry[0] == 1 and entry[3:5] == [facts[3], facts[4]]:
                return (place, "pass") if (entry[2], entry[5]) == (kid8, digest) else (None, "not_logged")
    except GapError:
        pass
    try:
        value, status = sound(evidence.status, facts[3], facts[4])
        silent = value == 1 and not sound(
            evidence.has_events, facts[3], facts[4], unb64u(status["hallmark"]["events_root"])
        )
        if silent and _fresh(status, now, max_age) and status["iat"] > claims[6] + 3600:
            return None, "not_logged"
    except GapError:
        pass
    return None, gap


def _fresh(status: dict[str, Any], now: int, max_age: int) -> bool:
    return now - status["iat"] <= max_age and now < status["exp"] and status["iat"] <= now + 300


def _untouched(evidence: Evidence, claims: dict[int, Any], status: dict[str, Any]) -> bool:
    """Whether 1 means "not issued when this list was made"."""
    facts = claims[-65537]
    try:
        return not sound(evidence.has_events, facts[3], facts[4], unb64u(status["hallmark"]["events_root"]))
    except GapError:
        return bool(status["iat"] < claims[6])


def _status(evidence: Evidence, claims: dict[int, Any], now: int, max_age: int) -> str:
    facts = claims[-65537]
    try:
        value, status = sound(evidence.status, facts[3], facts[4])
    except GapError:
        return "unknown"
    if value == 1 and _untouched(evidence, claims, status):
        return "unknown"
    if value in {1, 3}:
        return "genuine_not_valid"
    if not _fresh(status, now, max_age):
        return "unknown"
    return "pass" if value == 0 else "genuine_not_valid"


def _slow_clock(evidence: Evidence, claims: dict[int, Any], now: int) -> bool:
    """Whether certificate and status list both lie ahead of our clock."""
    try:
        return bool(claims[6] > now + 300 < sound(evidence.status, claims[-65537][3], claims[-65537][4])[1]["iat"])
    except GapError:
        return False


def _dates(evidence: Evidence, claims: dict[int, Any], now: int) -> str:
    if _slow_clock(evidence, claims, now):
        return "unknown"
    begins = datetime.combine(first_day(claims[-65537][9]), datetime.min.time(), CHINA).timestamp()
    late = claims[6] > now + 300 or begins > now or claims.get(4, now + 1) <= now
    return "genuine_not_valid" if late else "pass"


def bottom_line(found: dict[int, str]) -> str:
    """First failure in step order, else unknown, else valid."""
    for step in sorted(found):
        if found[step] not in {"pass", "unknown", "absent"}:
            return found[step]
    left = {step: outcome for step, outcome in found.items() if outcome != "pass"}
    if not left:
        return "genuine_valid"
    return "genuine_unconfirmed" if left == {6: "absent"} else "not_checkable_now"


if __name__ == "__main__":
    roots_file, published, qr_text = sys.argv[1:]
    trusted, moment = Path(roots_file).read_bytes(), int(time())
    source = Path(published)
    published_files = folder(source) if source.is_dir() else bundle(source, trusted, moment)
    sys.stdout.write(f"{answer(qr_text, published_files, trusted, moment)}\n")
