"""T02: a second spelling of a token is either the same certificate, with its status and its place in the log, or nothing.

Status and log entry are found by what the claims say, never by a hash of the text, so nobody escapes a revocation by
writing the token differently.
"""

import zlib
from collections.abc import Callable

import pytest

from credentials.dictionary import DICTIONARIES
from credentials.qrtext import to_digits, to_text
from keys import cbor
from keys.b64 import b64u
from keys.cose import sign1
from tests.verifier.malleable import (
    deflated,
    digits_of,
    document_with_mirrored_signature,
    header_of,
    jws,
    padded,
    payload_of,
    with_mirrored_signature,
)
from tests.verifier.published_world import HOST, World, findings, told
from tests.verifier.strange_certificates import BUREAU
from verifier.verdict import Verdict

ANSWERS = {
    "valid": ("genuine_valid", None, 0),
    "revoked": ("genuine_not_valid", "revoked", 1),
    "superseded": ("genuine_not_valid", "superseded", 1),
    "suspended": ("genuine_not_valid", "suspended", 1),
}


def same(world: World, name: str, spelling: str) -> Verdict:
    """Ask about another spelling of a certificate; its answer must be the original's, with the same facts."""
    verdict, original = world.ask(spelling), world.ask(world[name].text)
    assert spelling not in {world[name].text, world[name].document}
    assert told(verdict) == told(original) == ANSWERS[name]
    assert verdict.credential is not None
    assert original.credential is not None
    assert (verdict.credential.id, verdict.credential.holder) == (original.credential.id, original.credential.holder)
    assert verdict.since == original.since
    return verdict


@pytest.mark.parametrize("name", ANSWERS)
def test_the_other_signature_of_a_code_says_the_same(world: World, name: str) -> None:
    token = with_mirrored_signature(world[name].token)
    verdict = same(world, name, to_text(HOST, token))
    assert findings(verdict)["check.logged"] == "pass"


@pytest.mark.parametrize("name", ANSWERS)
def test_the_other_signature_of_a_document_says_the_same(world: World, name: str) -> None:
    verdict = same(world, name, document_with_mirrored_signature(world[name].document))
    assert findings(verdict)["check.logged"] == "pass"


@pytest.mark.parametrize("name", ["valid", "revoked"])
@pytest.mark.parametrize("packing", [{"level": 1}, {"level": 0}, {"dictionary": False}], ids=str)
def test_another_compression_of_a_code_says_the_same(world: World, name: str, packing: dict[str, int]) -> None:
    same(world, name, digits_of(deflated(world[name].token, **packing)))  # type: ignore[arg-type]  # keywords by name


@pytest.mark.parametrize("name", ["valid", "revoked"])
def test_a_document_with_padding_is_refused_not_a_second_document(world: World, name: str) -> None:
    head, payload, signature = world[name].document.split(".")
    for spelling in (f"{head}.{payload}.{padded(signature)}", f"{head}.{padded(payload)}=.{signature}"):
        verdict = world.ask(spelling)
        assert told(verdict) == ("altered", None, 1)
        assert findings(verdict) == {"credentials.damaged": "fail"}


def surplus(token: bytes) -> bytes:
    return token + b"\x00"


def indefinite(token: bytes) -> bytes:
    return b"\x9f" + token[1:] + b"\xff"


def long_form(token: bytes) -> bytes:
    """The array header says 4 in two bytes."""
    return b"\x98\x04" + token[1:]


def tagged(token: bytes) -> bytes:
    return b"\xd2" + token


def unprotected_note(token: bytes) -> bytes:
    protected, _, payload, signature = cbor.decode(token)
    return cbor.encode([protected, {5: b"note"}, payload, signature])


def five_parts(token: bytes) -> bytes:
    return cbor.encode([*cbor.decode(token), b""])


@pytest.mark.parametrize("change", [surplus, indefinite, long_form, tagged, unprotected_note, five_parts])
@pytest.mark.parametrize("name", ["valid", "revoked"])
def test_the_same_token_in_other_bytes_is_altered(world: World, name: str, change: Callable[[bytes], bytes]) -> None:
    verdict = world.ask(to_digits(change(world[name].token)))
    assert told(verdict) == ("altered", None, 1)
    assert findings(verdict) == {"credentials.damaged": "fail"}


def resealed(world: World, payload: bytes) -> str:
    """A body that seals what is not in our encoding: the signature is good, the form is not."""
    return to_digits(sign1(payload, world.house.signer_of(BUREAU), external_aad=b"hallmark/qr/1"))


def test_a_key_that_stands_twice_in_the_claims_is_altered_even_under_a_good_signature(world: World) -> None:
    _, _, payload, _ = cbor.decode(world["valid"].token)
    assert payload[0] == 0xA2  # a map of two: issued at, and ours
    twice = b"\xa3" + payload[1:6] + payload[1:6] + payload[6:]
    verdict = world.ask(resealed(world, twice))
    assert told(verdict) == ("altered", None, 1)
    backwards = b"\xa2" + payload[6:] + payload[1:6]
    assert told(world.ask(resealed(world, backwards))) == ("altered", None, 1)
    assert told(world.ask(resealed(world, payload))) == ("genuine_valid", None, 0)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body + b"\x00",
        lambda body: body[:-1],
        lambda body: body + body,
        zlib.compress,
        lambda body: b"\x00" * 10 + body,
    ],
    ids=["surplus", "cut", "twice", "zlib header", "blanks before"],
)
def test_bytes_around_the_compressed_token_are_altered(world: World, spoil: Callable[[bytes], bytes]) -> None:
    verdict = world.ask(digits_of(spoil(deflated(world["valid"].token))))
    assert told(verdict) == ("altered", None, 1)


def test_a_code_that_inflates_without_end_is_altered(world: World) -> None:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=DICTIONARIES[1])
    bomb = stream.compress(b"\x00" * 1_000_000) + stream.flush()
    verdict = world.ask(digits_of(bomb))
    assert told(verdict) == ("altered", None, 1)


@pytest.mark.parametrize(
    "member", [b'"grade":"F",', b'"iss":"urn:uscc:11310000200000000T",', b'"iat":1,', b'"exp":NaN,'], ids=bytes.decode
)
def test_json_that_two_readers_could_read_differently_is_altered_although_signed(world: World, member: bytes) -> None:
    signer, document = world.house.signer_of(BUREAU), world["valid"].document
    payload = payload_of(document)
    twice = b"{" + member + payload[1:]
    verdict = world.ask(jws(header_of(document), twice, signer))
    assert told(verdict) == ("altered", None, 1)
    spaced = payload.replace(b'":', b'": ', 1)
    again = world.ask(jws(header_of(document), spaced, signer))
    assert again.result.value != "genuine_valid"  # its digest is not the one in the log


def test_a_document_resealed_with_the_same_content_is_the_same_document(world: World) -> None:
    """RFC 6979: the body's key signs the same bytes in the same way, so there is only one document to find."""
    document = world["valid"].document
    assert jws(header_of(document), payload_of(document), world.house.signer_of(BUREAU)) == document
    head = b64u(b'{"typ":"vc+jwt","alg":"ES256","kid":"' + header_of(document)["kid"].encode() + b'"}')
    assert not document.startswith(head)
