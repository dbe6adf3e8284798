"""GB/T 36904: built, read, typed by people, and bound to the certificate that bears one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.claims import as_in_qr, from_document, from_qr_claims, to_document, to_qr_claims, to_qr_payload
from credentials.errors import CertificateIdentifierInvalid, CredentialsError, NumberInvalid
from credentials.identifiers import (
    LicenceIdentifier,
    certificate_identifier,
    check_character,
    check_number,
    is_type_code,
    new_number,
)
from tests.docs.example_world import standard_sample

TYPE, ISSUER = "11100000000000002Q001", "11310000100000000F"
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SAMPLE = standard_sample()
OURS = LicenceIdentifier(TYPE, ISSUER, SAMPLE.number, 1)


@given(
    st.text(ALPHANUMERIC, min_size=18, max_size=18),
    st.integers(0, 999),
    st.one_of(st.text(ALPHANUMERIC, min_size=18, max_size=18), st.from_regex(r"[0-9]{6}", fullmatch=True)),
    st.text(ALPHANUMERIC, min_size=1, max_size=64),
    st.integers(0, 999),
)
def test_what_is_written_is_read_again(authority: str, kind: int, issuer: str, serial: str, version: int) -> None:
    made = LicenceIdentifier(f"{authority}{kind:03d}", issuer, serial, version)
    assert LicenceIdentifier.parse(str(made)) == made
    assert certificate_identifier(str(made)) == str(made)


def test_the_check_character_is_over_the_parts_without_dots_and_root() -> None:
    assert str(OURS).rsplit(".", 1)[1] == check_character(f"{TYPE}{ISSUER}{SAMPLE.number}001")


def test_the_standards_own_synthetic_pair() -> None:
    for version, check in ((1, "1"), (2, "0")):
        made = LicenceIdentifier(TYPE, "113100000000000017", "202600000001", version)
        assert str(made).endswith(f".{version:03d}.{check}")


@pytest.mark.parametrize("place", range(15, 75))
def test_every_single_slip_is_found(place: int) -> None:
    """MOD 37,36 finds every exchanged character; a moved dot breaks the form."""
    text = str(OURS)
    for other in "7Q":
        if text[place] not in (other, "."):
            with pytest.raises(CertificateIdentifierInvalid):
                LicenceIdentifier.parse(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize(
    "parts",
    [
        ("11100000000000002Q01", ISSUER, "1", 1),
        ("11100000000000002QABC", ISSUER, "1", 1),
        (TYPE, "11310000", "1", 1),
        (TYPE, "31000", "1", 1),
        (TYPE, ISSUER, "", 1),
        (TYPE, ISSUER, "1" * 65, 1),
        (TYPE, ISSUER, "a", 1),
        (TYPE, ISSUER, "张", 1),
        (TYPE, ISSUER, "1", 1000),
        (TYPE, ISSUER, "1", -1),
    ],
)
def test_parts_out_of_form_are_refused(parts: tuple[str, str, str, int]) -> None:
    with pytest.raises(CertificateIdentifierInvalid):
        LicenceIdentifier(*parts)


@pytest.mark.parametrize("code", [TYPE[:-1], TYPE.lower(), "", None, 7, TYPE + "1"])
def test_type_codes(code: object) -> None:
    assert is_type_code(TYPE)
    assert not is_type_code(code)


@pytest.mark.parametrize(
    "typed",
    [
        str(OURS).replace(".", ". "),
        str(OURS).lower(),
        f"  {OURS}\n",
        "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else "．" for c in str(OURS)),
        str(OURS).replace(".", "。"),
        str(OURS)[:30] + " - " + str(OURS)[30:],
    ],
)
def test_what_a_person_types_finds_identifier_and_number(typed: str) -> None:
    assert certificate_identifier(typed) == str(OURS)
    assert check_number(typed) == SAMPLE.number


@pytest.mark.parametrize(
    "typed",
    [
        "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",  # another registry's serial
        str(OURS)[:-1] + "7",
        "." * 75,
        "1" * 100_000,
        str(OURS) * 50,
        None,
        7,
    ],
)
def test_what_is_not_ours_is_no_number(typed: object) -> None:
    with pytest.raises(NumberInvalid):
        check_number(typed)  # type: ignore[arg-type]


def bearing(identifier: object) -> object:
    return replace(SAMPLE, identifier=identifier)  # type: ignore[arg-type]


def test_the_document_carries_it_and_the_code_does_not() -> None:
    credential = replace(SAMPLE, identifier=str(OURS))
    document = to_document(credential, registry_url="https://hallmark.example/registry")
    assert document["credentialSubject"]["certificateIdentifier"] == str(OURS)
    assert from_document(document) == credential
    assert to_qr_payload(credential) == to_qr_payload(SAMPLE)
    assert from_qr_claims(to_qr_claims(credential)) == as_in_qr(credential)
    assert "certificateIdentifier" not in to_document(SAMPLE, registry_url="https://x.example/r")["credentialSubject"]


@pytest.mark.parametrize(
    "wrong",
    [
        str(LicenceIdentifier(TYPE, ISSUER, new_number(bytes(range(8, 16))), 1)),  # of another certificate
        str(LicenceIdentifier(TYPE, "11310000200000000T", SAMPLE.number, 1)),  # of another body
        str(OURS)[:-1] + "7",
        str(OURS).lower(),
        "",
        7,
    ],
)
def test_an_identifier_of_something_else_is_refused(wrong: object) -> None:
    with pytest.raises(CredentialsError):
        bearing(wrong)
    document = to_document(replace(SAMPLE, identifier=str(OURS)), registry_url="https://hallmark.example/registry")
    document["credentialSubject"]["certificateIdentifier"] = wrong
    with pytest.raises(CredentialsError):
        from_document(document)
