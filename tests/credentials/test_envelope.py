"""Both sealed forms: sealing, reading, verifying."""

import inspect
from dataclasses import replace
from hashlib import sha256

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.claims import as_in_qr
from credentials.digest import document_digest, qr_digest
from credentials.envelope import Presented, read, read_document, read_qr, read_token, seal
from credentials.errors import Damaged, IssuerCodeMissing, NotOurs, TokenTooLarge
from credentials.qrtext import to_digits, to_text
from keys.algorithms import Algorithm
from keys.b64 import unb64u
from keys.cbor import decode, encode
from keys.errors import AlgorithmNotAllowed, KidMismatch, SignatureInvalid
from keys.jws import sign_compact
from keys.signer import SoftwareSigner
from keys.strictjson import dumps, loads

URL = "https://registry.example"


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_what_was_sealed_is_read_and_verified(any_credential, signer, data):
    credential = data.draw(any_credential)
    try:
        sealed = seal(credential, signer, registry_url=URL)
    except TokenTooLarge:
        return
    from_qr, from_document = read(to_text("verify.example", sealed.token)), read(sealed.document)
    assert from_qr.credential == as_in_qr(credential)
    assert from_document.credential == credential
    for presented in (from_qr, from_document, read(to_digits(sealed.token)), read_token(sealed.token)):
        presented.verify(signer.public_key)
        assert presented.kid8 == sealed.kid8 == signer.public_key.kid8


def test_what_is_presented(sealed, text, standard):
    presented = read(text)
    assert (presented.form, presented.host, presented.digest) == ("qr", "VERIFY.EXAMPLE", sealed.qr_digest)
    assert read(text.partition("#")[2]).host is None
    presented = read(f"\n{sealed.document} ")
    assert (presented.form, presented.host, presented.digest) == ("document", None, sealed.document_digest)
    assert presented.credential == standard


def test_sealing_again_gives_the_same_bytes(standard, signer, sealed):
    assert seal(standard, signer, registry_url=URL) == sealed


def test_the_digests_are_over_what_is_signed(sealed, signer):
    """The registry checks both signatures blind: over the digests, without seeing what was signed."""
    assert qr_digest(sealed.token) == sealed.qr_digest
    assert document_digest(sealed.document) == sealed.document_digest
    signer.public_key.verify_digest(sealed.qr_signature, sealed.qr_digest)
    signer.public_key.verify_digest(sealed.document_signature, sealed.document_digest)
    assert sealed.token.endswith(sealed.qr_signature)
    signing_input, _, signature = sealed.document.rpartition(".")
    assert (sha256(signing_input.encode()).digest(), unb64u(signature)) == (
        sealed.document_digest,
        sealed.document_signature,
    )


def test_the_sig_structure_by_hand(sealed):
    """RFC 9052 §4.4, built here from its definition."""
    protected, unprotected, payload, _ = decode(sealed.token)
    assert unprotected == {}
    assert sha256(encode(["Signature1", protected, b"hallmark/qr/1", payload])).digest() == sealed.qr_digest


def test_the_version_byte_is_bound_by_the_signature(sealed, signer):
    other = read_token(sealed.token, 2)
    assert other.digest != sealed.qr_digest
    with pytest.raises(SignatureInvalid):
        other.verify(signer.public_key)


def test_pyjwt_alone_verifies_the_document(sealed, signer):
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), signer.public_key.raw)
    options = {"verify_aud": False, "verify_iat": False, "verify_exp": False}
    claims = jwt.decode(sealed.document, key, algorithms=["ES256"], options=options)
    assert claims["credentialSubject"]["name"] == "欧阳建国"
    assert jwt.get_unverified_header(sealed.document) == {"alg": "ES256", "typ": "vc+jwt", "kid": signer.public_key.kid}
    assert "欧阳建国".encode() in unb64u(sealed.document.split(".")[1])


def test_other_keys_do_not_verify(sealed, text):
    other = SoftwareSigner.from_seed(Algorithm.ES256, b"somebody else").public_key
    for presented in (read(text), read(sealed.document)):
        with pytest.raises(KidMismatch):
            presented.verify(other)


def test_only_es256_seals(standard):
    for algorithm in (Algorithm.ED25519, Algorithm.ML_DSA_44):
        with pytest.raises(AlgorithmNotAllowed):
            seal(standard, SoftwareSigner.from_seed(algorithm, b"x"), registry_url=URL)


def test_what_cannot_be_sealed(standard, signer):
    with pytest.raises(IssuerCodeMissing):
        seal(as_in_qr(standard), signer, registry_url=URL)
    long = replace(standard.award, name="𬱖" * 100, series="𬱖" * 100, specialty="𬱖" * 100, committee="𬱖" * 100)
    with pytest.raises(TokenTooLarge):
        seal(replace(standard, award=long), signer, registry_url=URL)


def test_whatever_can_be_sealed_can_be_printed_and_read(standard, signer):
    """The largest token, of characters that no dictionary knows."""
    for length in range(100, 0, -1):
        words = "".join(chr(0x20000 + (place * 7919) % 40_000) for place in range(3 * length))
        award = replace(standard.award, name=words[:length], series=words[length:-length], specialty=words[-length:])
        try:
            sealed = seal(replace(standard, award=award), signer, registry_url=URL)
        except TokenTooLarge:
            continue
        assert len(sealed.token) > 1_400
        assert read(to_text("verify.example", sealed.token)).digest == sealed.qr_digest
        return
    pytest.fail("nothing could be sealed")


# documents that are not ours, or not in order ----------------------------------------------------------------------


def document_of(sealed, signer, *, typ="vc+jwt", **change):
    claims = loads(unb64u(sealed.document.split(".")[1]))
    return sign_compact(dumps({**claims, **change}), signer, typ=typ)


def test_a_document_of_our_type_that_says_something_else_is_damaged(sealed, signer):
    for change in ({"more": 1}, {"jti": "x"}, {"iat": 5}, {"credentialStatus": []}, {"type": "x"}, {"@context": []}):
        with pytest.raises(Damaged) as refusal:
            read(document_of(sealed, signer, **change))
        assert refusal.value.params["reason"].startswith("credentials.")


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"1", b"null", b"{}", b'{"a":1,"a":2}', b"\xff", b"[" * 5_000, b'{"iat":NaN}']
)
def test_signed_nonsense_is_damaged(signer, payload):
    with pytest.raises(Damaged):
        read_document(sign_compact(payload, signer, typ="vc+jwt"))


@pytest.mark.parametrize("typ", ["statuslist+jwt", "JWT", "vc+sd-jwt", "hallmark-list+json", "VC+JWT"])
def test_a_document_of_another_type_is_not_ours(sealed, signer, typ):
    with pytest.raises(NotOurs):
        read(document_of(sealed, signer, typ=typ))


def test_another_algorithm_under_our_type_is_damaged(sealed):
    payload = sealed.document.split(".")[1]
    forged = [
        jwt.encode({"a": 1}, "x" * 64, algorithm="HS256", headers={"typ": "vc+jwt"}),
        jwt.encode({"a": 1}, None, algorithm="none", headers={"typ": "vc+jwt"}) + "AA",
        jwt.encode({"a": 1}, "x" * 64, algorithm="HS256", headers={"typ": "vc+jwt", "jku": "https://evil.example"}),
        f"eyJhbGciOiJFUzI1NiIsInR5cCI6InZjK2p3dCJ9.{payload}.AAAA",
    ]
    for token in forged:
        with pytest.raises(Damaged):
            read(token)


@pytest.mark.parametrize(
    "text",
    [
        "a.b.c",
        "..",
        "www.example.com",
        "\ud800.\ud800.\ud800",
        "eyJhbGciOiJIUzI1NiJ9.e30.AAAA",
        "a.b.c" * 50_000,
        "1.2.3",
        "张.三.丰",
    ],
)
def test_three_parts_alone_do_not_make_a_document(text):
    with pytest.raises(NotOurs):
        read(text)


def test_very_long_texts_are_refused_at_once():
    with pytest.raises(NotOurs):
        read("1" * 10_000_000)


# the public surface ------------------------------------------------------------------------------------------------


def test_reading_and_sealing_have_the_signatures_that_others_build_on():
    assert list(inspect.signature(seal).parameters) == ["credential", "signer", "registry_url"]
    assert list(inspect.signature(read_token).parameters) == ["cose", "version", "host"]
    assert {"form", "host", "kid8", "digest", "credential"} <= set(Presented.__dataclass_fields__)
    assert read_qr is not read
