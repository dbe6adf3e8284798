"""T03 and T04: whatever algorithm, key or header a token names, and whatever else we sign: none of it becomes a certificate."""

import hashlib
import hmac
import socket
from collections.abc import Callable

import pytest

from credentials.qrtext import to_digits, to_text
from keys import cbor
from keys.b64 import b64u
from keys.cose import sign1
from keys.jwk import to_jwk
from keys.jws import sign_compact
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry.bundle import TYP as BUNDLE_TYP
from registry.events import Detail, seal_detail
from tests.verifier.malleable import header_of, jws, payload_of
from tests.verifier.published_world import HOST, PUDONG, World, findings, told
from tests.verifier.strange_certificates import BUREAU, sample

ALTERED, UNREADABLE, STRANGER = ("altered", None, 1), ("unreadable", None, 3), ("unknown_issuer", None, 1)
OTHER_KEYS = ("status", "bundle", "trust-1", "catalogue-1", "custodian-1", "receipt")


@pytest.fixture(autouse=True)
def _no_address_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a token made the verifier look up an address")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "ES384", "EdDSA", "RS256", "PS256", "es256", "", 5, None])
def test_a_document_under_another_algorithm(world: World, alg: object) -> None:
    document = world["valid"].document
    signer = None if alg in ("none", "None") else world.house.signer_of(BUREAU)
    verdict = world.ask(jws({**header_of(document), "alg": alg}, payload_of(document), signer))
    assert told(verdict) == ALTERED
    assert verdict.credential is None


def test_a_document_authenticated_with_the_public_key_as_a_shared_secret(world: World) -> None:
    document, key = world["valid"].document, world.house.signer_of(BUREAU).public_key
    head = b64u(dumps({**header_of(document), "alg": "HS256"}))
    signing_input = f"{head}.{document.split('.')[1]}".encode()
    for secret in (key.raw, key.raw[1:], dumps(to_jwk(key)), key.kid.encode()):
        mac = hmac.new(secret, signing_input, hashlib.sha256).digest()
        assert told(world.ask(f"{signing_input.decode()}.{b64u(mac)}")) == ALTERED
        assert told(world.ask(f"{signing_input.decode()}.{b64u(mac * 2)}")) == ALTERED


@pytest.mark.parametrize("form", ["qr", "document"])
def test_another_known_key_under_a_bodys_key_id(world: World, form: str) -> None:
    """Pudong seals, and says that the bureau did."""

    class Impostor:
        public_key = world.house.signer_of(BUREAU).public_key

        def sign(self, message: bytes) -> bytes:
            return world.house.signer_of(PUDONG).sign(message)

    if form == "qr":
        token = sign1(_claims(world), Impostor(), external_aad=b"hallmark/qr/1")
        verdict = world.ask(to_digits(token))
    else:
        document = world["valid"].document
        verdict = world.ask(jws(header_of(document), payload_of(document), Impostor()))
    assert told(verdict) == ALTERED
    assert findings(verdict)["check.signature_broken"] == "fail"
    assert verdict.credential is None


def _claims(world: World) -> bytes:
    payload: bytes = cbor.decode(world["valid"].token)[2]
    return payload


@pytest.mark.parametrize("kid", ["", "x", 7, None, "A" * 43, "A" * 42, "../../trust", "A" * 600])
def test_a_key_id_that_is_none_or_nobodys(world: World, kid: object) -> None:
    document = world["valid"].document
    verdict = world.ask(jws({**header_of(document), "kid": kid}, payload_of(document), world.house.signer_of(BUREAU)))
    assert told(verdict) == (STRANGER if kid == "A" * 43 else ALTERED)


@pytest.mark.parametrize("kid8", [bytes(8), b"", bytes(7), bytes(9), bytes(32)], ids=len)
def test_a_code_whose_key_id_is_nobodys_or_of_another_length(world: World, kid8: bytes) -> None:
    _, unprotected, payload, signature = cbor.decode(world["valid"].token)
    protected = cbor.encode({1: -7, 4: kid8})
    verdict = world.ask(to_digits(cbor.encode([protected, unprotected, payload, signature])))
    assert told(verdict) == (STRANGER if len(kid8) == 8 else ALTERED)


@pytest.mark.parametrize(
    "member",
    [
        {"jku": "https://evil.example/keys.json"},
        {"x5u": "https://evil.example/chain.pem"},
        {"x5c": ["MIIB"]},
        {"x5t": "AAAA"},
        {"crit": ["exp"]},
        {"b64": False},
        {"cty": "vc"},
        {"jwk": {"kty": "EC"}},
    ],
    ids=lambda member: next(iter(member)),
)
def test_a_header_that_brings_its_own_key_or_address_is_refused_and_never_followed(
    world: World, member: dict[str, object]
) -> None:
    document, mine = world["valid"].document, world.house.signer_of(BUREAU)
    for signer, header in ((mine, header_of(document)), (mine, {"alg": "ES256", "typ": "vc+jwt"})):
        verdict = world.ask(jws({**header, **member}, payload_of(document), signer))
        assert told(verdict) == ALTERED


def test_a_stranger_who_brings_his_own_key_stays_a_stranger(world: World) -> None:
    stranger = world.signer("receipt")
    document = world["valid"].document
    header = {**header_of(document), "kid": stranger.public_key.kid}
    assert told(world.ask(jws(header, payload_of(document), stranger))) == STRANGER
    assert (
        told(world.ask(jws({**header, "jwk": to_jwk(stranger.public_key)}, payload_of(document), stranger))) == ALTERED
    )


@pytest.mark.parametrize("name", OTHER_KEYS)
def test_a_key_of_another_purpose_seals_no_certificate(world: World, name: str) -> None:
    signer = world.signer(name)
    assert told(world.ask(world.sealed(sample(), signer))) == STRANGER
    document = world["valid"].document
    assert told(world.ask(sign_compact(payload_of(document), signer, typ="vc+jwt"))) == STRANGER


def _status_list(world: World) -> str:
    return world.folder["status/0"].decode()


def _w3c_list(world: World) -> str:
    return world.folder["bitstring/0/revocation"].decode()


def _trust_list(world: World) -> str:
    whole = loads(world.folder["lists/trust.json"])
    first = whole["signatures"][0]
    return f"{first['protected']}.{whole['payload']}.{first['signature']}"


def _whole_trust_list(world: World) -> str:
    return world.folder["lists/trust.json"].decode()


def _roots(world: World) -> str:
    return world.folder["roots/1.json"].decode()


def _bundle_manifest(world: World) -> str:
    return sign_compact(dumps({"made": 1, "exp": 2, "members": {}}), world.signer("bundle"), typ=BUNDLE_TYP)


def _checkpoint(world: World) -> str:
    return world.folder["checkpoint"].decode()


def _status_proof(world: World) -> str:
    return world.folder["status/0.tlog-proof"].decode()


def _detail(world: World) -> str:
    detail = Detail("revoked", "penalty", "上海市人力资源和社会保障局", "沪人社〔2026〕1号")
    sealed = seal_detail(detail, list_no=0, index=1, effective_at=1, signer=world.house.signer_of(BUREAU))
    return to_digits(sealed)


def _detail_as_qr(world: World) -> str:
    detail = Detail("revoked", "penalty", "上海市人力资源和社会保障局" * 4, "沪人社〔2026〕1号")
    sealed = seal_detail(detail, list_no=0, index=1, effective_at=1, signer=world.house.signer_of(BUREAU))
    return to_text(HOST, sealed)


@pytest.mark.parametrize(
    ("artifact", "answer"),
    [
        (_status_list, UNREADABLE),
        (_trust_list, UNREADABLE),
        (_whole_trust_list, UNREADABLE),
        (_roots, UNREADABLE),
        (_bundle_manifest, UNREADABLE),
        (_checkpoint, UNREADABLE),
        (_status_proof, UNREADABLE),
        (_w3c_list, ALTERED),
        (_detail, ALTERED),
        (_detail_as_qr, ALTERED),
    ],
)
def test_nothing_else_that_we_publish_or_sign_is_a_certificate(
    world: World, artifact: Callable[[World], str], answer: tuple[str, None, int]
) -> None:
    verdict = world.ask(artifact(world))
    assert told(verdict) == answer
    assert verdict.credential is None


def test_the_claims_of_a_certificate_sealed_for_another_use_are_no_certificate(world: World) -> None:
    """The same claims under the same key, but bound to the use "status detail": the signature does not hold."""
    token = sign1(_claims(world), world.house.signer_of(BUREAU), external_aad=b"hallmark/status/1")
    assert told(world.ask(to_digits(token))) == ALTERED
    other_version = sign1(_claims(world), world.house.signer_of(BUREAU), external_aad=b"hallmark/qr/2")
    assert told(world.ask(to_digits(other_version))) == ALTERED


@pytest.mark.parametrize("name", ["valid", "revoked"])
def test_a_certificate_handed_in_as_status_list_is_no_status_list(world: World, name: str) -> None:
    document = world["valid"].document
    for forged in (document.encode(), world.folder["bitstring/0/revocation"], world.folder["checkpoint"]):
        verdict = world.ask(world[name].text, {**world.folder, "status/0": forged})
        assert told(verdict) == ("not_checkable_now", None, 2)
        assert findings(verdict)["check.status_evidence_rejected"] == "unknown"


def test_a_certificate_under_the_status_lists_type_and_key_is_no_status_list(world: World) -> None:
    signer: Signer = world.signer("status")
    forged = sign_compact(payload_of(world["valid"].document), signer, typ="statuslist+jwt")
    verdict = world.ask(world["valid"].text, {**world.folder, "status/0": forged.encode()})
    assert told(verdict) == ("not_checkable_now", None, 2)


def test_a_status_list_is_no_trust_list_and_no_checkpoint(world: World) -> None:
    for path in ("lists/trust.json", "checkpoint"):
        verdict = world.ask(world["valid"].text, {**world.folder, path: world.folder["status/0"]})
        assert told(verdict) == ("not_checkable_now", None, 2)
