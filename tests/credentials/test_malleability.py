"""Whoever changes a token may break it, but never gets another one that verifies.

For every changed token: it is refused with one of the three stable codes, or its signature fails, or it says the same
and has the same digest (a signature's second spelling, another compression of the same bytes).
"""

import random
import zlib

import cbor2
import pytest

from credentials.claims import to_qr_claims
from credentials.digest import qr_aad
from credentials.envelope import read, read_qr, read_token
from credentials.errors import Damaged, NotOurs, UnknownVersion
from credentials.qrtext import deflated, to_text
from keys.algorithms import P256_ORDER
from keys.b64 import b64u
from keys.cbor import encode
from keys.cose import sign1
from keys.errors import KidMismatch, SignatureInvalid

REFUSED = (Damaged, NotOurs, UnknownVersion)
BROKEN = (KidMismatch, SignatureInvalid)


def outcome(text, key):
    """How a text ends: the code of its refusal, "broken", or the digest that verified."""
    try:
        presented = read(text)
    except REFUSED as refusal:
        return refusal.code
    try:
        presented.verify(key)
    except BROKEN:
        return "broken"
    return presented.digest


def text_of(raw):
    return f"HTTPS://VERIFY.EXAMPLE/#{int.from_bytes(raw, 'big')}"


def raw_of(sealed):
    return b"\x01\x01" + deflated(sealed.token)


def other_s(signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    return r + (P256_ORDER - s).to_bytes(32, "big")


# the QR form -------------------------------------------------------------------------------------------------------


def test_every_bit_of_the_printed_bytes(sealed, signer):
    raw = raw_of(sealed)
    for place in range(len(raw)):
        for bit in range(8):
            changed = bytearray(raw)
            changed[place] ^= 1 << bit
            found = outcome(text_of(bytes(changed)), signer.public_key)
            if place == 0:
                # With the mark gone, the version byte is read as the mark.
                assert found == ("credentials.unknown_version" if bit == 0 else "credentials.not_ours")
            elif place == 1:
                assert found == "credentials.unknown_version"
            else:
                assert found in ("credentials.damaged", "broken", sealed.qr_digest)


def test_every_bit_of_the_token(sealed, signer):
    """After inflating nothing is spare: each of these is damaged, or its signature fails."""
    for place in range(len(sealed.token)):
        for bit in range(8):
            changed = bytearray(sealed.token)
            changed[place] ^= 1 << bit
            found = outcome(to_text("verify.example", bytes(changed)), signer.public_key)
            assert found in ("credentials.damaged", "broken")


def test_every_digit(sealed, text, signer):
    start = text.index("#") + 1
    for place in range(start, len(text)):
        digit = str((int(text[place]) + 1 + place % 9) % 10)
        found = outcome(text[:place] + digit + text[place + 1 :], signer.public_key)
        assert found in ("credentials.not_ours", "credentials.unknown_version", "credentials.damaged", "broken")


def test_twenty_thousand_random_changes(sealed, signer):
    chance, key, raw = random.Random(20_000), signer.public_key, raw_of(sealed)
    for _ in range(20_000):
        found = outcome(text_of(mutated(raw, chance)), key)
        assert found in (
            "credentials.damaged",
            "credentials.unknown_version",
            "credentials.not_ours",
            "broken",
            sealed.qr_digest,
        )


def mutated(raw, chance):
    changed = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(2, len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] = chance.randrange(256)
            case 1:
                del changed[place]
            case 2:
                changed.insert(place, chance.randrange(256))
            case 3:
                changed[place:] = changed[place:] + changed[place : place + chance.randrange(1, 9)]
    return bytes(changed)


def test_the_other_spelling_of_the_signature_has_the_same_digest(sealed, signer):
    twin = sealed.token[:-64] + other_s(sealed.qr_signature)
    assert outcome(to_text("verify.example", twin), signer.public_key) == sealed.qr_digest


def test_another_compression_has_the_same_digest(sealed, signer):
    for level in (0, 1, 6):
        packer = zlib.compressobj(level, zlib.DEFLATED, -15)
        body = packer.compress(sealed.token) + packer.flush()
        assert outcome(text_of(b"\x01\x01" + body), signer.public_key) == sealed.qr_digest


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(63) + b"\x01", b"\x01" * 64])
def test_degenerate_signatures_never_verify(sealed, signer, signature):
    assert outcome(to_text("verify.example", sealed.token[:-64] + signature), signer.public_key) == "broken"


def resealed(payload, signer):
    """A token over any payload bytes whatever, with a good signature: what a careless issuer's software could make."""
    return sign1(payload, signer, external_aad=qr_aad(1))


def test_good_claims_resealed_are_read(standard, signer, sealed):
    assert read_token(resealed(encode(to_qr_claims(standard)), signer)).digest == sealed.qr_digest


def variants(claims):
    good = encode(claims)
    facts = claims[-65537]
    yield "surplus bytes", good + b"\x00"
    yield "a second item", good + good
    yield "cut short", good[:-1]
    yield "empty", b""
    yield "duplicate outer key", b"\xa3\x06\x1a\x00\x00\x00\x01" + good[1:]
    yield "duplicate inner key", good.replace(b"\x02\x6d", b"\x01\x6d", 1)
    yield "long integer", good.replace(b"\x06\x1a", b"\x06\x1b\x00\x00\x00\x00", 1)
    yield "long text head", good.replace(b"\x02\x6d", b"\x02\x78\x0d", 1)
    yield "indefinite map", b"\xbf" + good[1:] + b"\xff"
    yield "tagged", b"\xd8\x3d" + good
    yield "other order", cbor2.dumps(dict(reversed(claims.items())))
    yield "other inner order", cbor2.dumps({**claims, -65537: dict(reversed(facts.items()))})
    yield "float time", cbor2.dumps({**claims, 6: 1.5})
    yield "date time", cbor2.dumps({**claims, 6: cbor2.CBORTag(1, 5)})
    yield "text id", encode({**claims, -65537: {**facts, 1: "c0ffee00"}})
    yield "unknown label", encode({**claims, -65537: {**facts, 23: "x"}})
    yield "unknown claim", encode({1: "iss", **claims})
    yield "array", encode([1, 2])
    yield "nested", b"\x81" * 200 + b"\x01"
    yield "usual document type spelt out", encode({**claims, -65537: {**facts, 8: "居民身份证"}})
    yield "not composed", encode({**claims, -65537: {**facts, 6: "Nguye\u0302n"}})
    yield "broken utf-8", good.replace("欧阳建国".encode(), b"\xff" * 12)
    yield "surrogates", good.replace("欧阳建国".encode(), b"\xed\xa0\x80" * 4)


@pytest.mark.parametrize("name", [name for name, _ in variants({6: 1, -65537: {1: b"", 2: "", 6: ""}})])
def test_what_is_signed_but_not_in_our_encoding_is_damaged(standard, signer, name):
    payload = dict(variants(to_qr_claims(standard)))[name]
    assert payload != encode(to_qr_claims(standard))
    with pytest.raises(Damaged) as refusal:
        read_token(resealed(payload, signer))
    assert refusal.value.code == "credentials.damaged"


@pytest.mark.parametrize(
    "change",
    [
        lambda token: b"\xd2" + token,
        lambda token: token + b"\x00",
        lambda token: token[:-1],
        lambda token: b"\x9f" + token[1:] + b"\xff",
        lambda token: token.replace(b"\xa0\x59", b"\xa1\x04\x41\x00\x59", 1),
        lambda token: token.replace(b"\x01\x26", b"\x01\x27", 1),
        lambda token: token[:-66] + b"\x58\x3f" + token[-63:],
        lambda token: token[:-66] + b"\x59\x00\x40" + token[-64:],
    ],
)
def test_another_framing_is_damaged(sealed, change):
    with pytest.raises(Damaged):
        read_qr(to_text("verify.example", change(sealed.token)))


# the document form -------------------------------------------------------------------------------------------------


def test_every_character_of_the_document(sealed, signer):
    """base64url leaves no spare bits: no changed character gives a document that verifies."""
    document = sealed.document
    for place, old in enumerate(document):
        for new in ("A" if old != "A" else "B", "_" if old != "_" else "-", chr(ord(old) ^ 1), "=", "é"):
            found = outcome(document[:place] + new + document[place + 1 :], signer.public_key)
            assert found in ("credentials.not_ours", "credentials.damaged", "broken")


def test_other_spellings_of_the_document(sealed, signer):
    head, payload, signature = sealed.document.split(".")
    for token in (
        f"{head}.{payload}.{signature}==",
        f"{head}=.{payload}.{signature}",
        f"{head}.{payload}.{signature[:-1]}",
        f"{head}.{payload}.{signature}A",
        f"{head}.{payload}. {signature}",
        f"{head}.{payload}\n.{signature}",
        f"{head}.{payload}.{signature.replace('-', '+').replace('_', '/')}+",
        f"{head}.{payload}.",
        f"{head}..{signature}",
    ):
        assert outcome(token, signer.public_key) in ("credentials.damaged", "credentials.not_ours")
    for token in (f"{head}.{payload}", f"{sealed.document}.x"):
        assert outcome(token, signer.public_key) == "credentials.not_ours"


def test_the_other_spelling_of_the_documents_signature_has_the_same_digest(sealed, signer):
    signing_input = sealed.document.rpartition(".")[0]
    twin = f"{signing_input}.{b64u(other_s(sealed.document_signature))}"
    assert outcome(twin, signer.public_key) == sealed.document_digest
