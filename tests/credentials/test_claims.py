"""Claims: what is written can be read, and nothing else can."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials.claims import (
    CREDENTIAL,
    as_in_qr,
    from_document,
    from_qr_claims,
    to_document,
    to_qr_claims,
)
from credentials.errors import CredentialsError, IssuerCodeMissing
from keys.cbor import decode, encode
from keys.strictjson import dumps, loads

URL = "https://registry.example"
MANY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(st.data())
def test_qr_claims_come_back_through_cbor(any_credential, data):
    credential = data.draw(any_credential)
    claims = to_qr_claims(credential)
    assert from_qr_claims(decode(encode(claims))) == as_in_qr(credential)
    assert list(claims[CREDENTIAL]) == sorted(claims[CREDENTIAL])


@MANY
@given(st.data())
def test_documents_come_back_through_json(any_credential, data):
    credential = data.draw(any_credential)
    document = to_document(credential, registry_url=URL)
    assert from_document(loads(dumps(document))) == credential


def test_what_the_qr_leaves_out(standard):
    told = replace(standard, award=replace(standard.award, approval_no="沪人社职〔2026〕423号"))
    seen = as_in_qr(told)
    assert (seen.issuer_code, seen.award.approval_no) == (None, None)
    assert replace(seen, issuer_code=told.issuer_code, award=told.award) == told


def test_the_qr_claims_of_the_standard_sample(standard):
    assert to_qr_claims(standard) == {
        6: 1_790_000_000,
        -65537: {
            1: bytes.fromhex("c0ffee0012344abc8def0123456789ab"),
            2: "64S36D1N6RVMK",
            3: 3,
            4: 70000,
            5: "职称",
            6: "欧阳建国",
            7: "0019",
            9: "2026-09-16",
            10: "上海市人力资源和社会保障局",
            11: "高级工程师",
            12: "工程技术人才",
            13: "人工智能",
            14: "副高级",
            15: "评审",
            16: "上海市工程系列人工智能专业高级职称评审委员会",
        },
    }


def test_the_document_of_the_standard_sample(standard):
    document = to_document(replace(standard, expires_at=1_890_000_000), registry_url=URL + "/")
    slot = {"type": "BitstringStatusListEntry", "statusListIndex": "70000"}
    assert document == {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://hallmark.example/contexts/v1"],
        "id": "urn:uuid:c0ffee00-1234-4abc-8def-0123456789ab",
        "type": ["VerifiableCredential", "ProfessionalTitleCredential"],
        "issuer": {"id": "urn:uscc:113100003000000006", "name": "上海市人力资源和社会保障局"},
        "validFrom": "2026-09-21T14:13:20Z",
        "validUntil": "2029-11-22T00:00:00Z",
        "credentialSubject": {
            "name": "欧阳建国",
            "identityDocumentType": "居民身份证",
            "identityDocumentTail": "0019",
            "certificateNumber": "64S36D1N6RVMK",
            "awardedOn": "2026-09-16",
            "titleName": "高级工程师",
            "series": "工程技术人才",
            "specialty": "人工智能",
            "level": "副高级",
            "acquisitionRoute": "评审",
            "reviewCommittee": "上海市工程系列人工智能专业高级职称评审委员会",
        },
        "credentialStatus": [
            {**slot, "statusPurpose": purpose, "statusListCredential": f"{URL}/bitstring/3/{purpose}"}
            for purpose in ("revocation", "suspension")
        ],
        "status": {"status_list": {"idx": 70000, "uri": f"{URL}/status/3"}},
        "iss": "urn:uscc:113100003000000006",
        "iat": 1_790_000_000,
        "exp": 1_890_000_000,
        "jti": "urn:uuid:c0ffee00-1234-4abc-8def-0123456789ab",
    }


def test_a_document_needs_the_issuers_code(standard):
    with pytest.raises(IssuerCodeMissing):
        to_document(as_in_qr(standard), registry_url=URL)


def _paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*path, key))


def _with(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(copy[path[0]], path[1:], new)
    return copy


def _without(value, path):
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) > 1:
        copy[path[0]] = _without(copy[path[0]], path[1:])
    else:
        del copy[path[0]]
    return copy


ODD = (None, True, 0, -1, 1.0, 2**70, "", "x", "\ud800", b"", b"x" * 16, [], {}, [None], {"a": 1}, {6: 1}, "𬱖" * 5000)


@pytest.mark.parametrize("form", ["qr", "document"])
def test_every_claim_is_needed_and_every_odd_value_is_refused(standard, form):
    """At every place of both forms: leave it out, or put each odd value there. Only our own error may come."""
    write, read = {
        "qr": (to_qr_claims, from_qr_claims),
        "document": (lambda credential: to_document(credential, registry_url=URL), from_document),
    }[form]
    good = write(replace(standard, expires_at=1_890_000_000))
    for path in _paths(good):
        variants = [_with(good, path, odd) for odd in ODD]
        for variant in [*variants, _without(good, path)] if path else variants:
            try:
                read_back = read(variant)
            except CredentialsError:
                continue
            # Some odd values are good ones elsewhere (a slot 0, another "x" of a committee): then they were read as said.
            assert variant in (write(read_back), write(replace(read_back, issuer_code=standard.issuer_code)))


@pytest.mark.parametrize("label", [0, 8, 17, 18, 27, -1, "x"])
def test_unknown_qr_labels_are_refused(standard, label):
    claims = to_qr_claims(standard)
    with pytest.raises(CredentialsError):
        from_qr_claims({**claims, CREDENTIAL: {**claims[CREDENTIAL], label: "居民身份证"}})
    with pytest.raises(CredentialsError):
        from_qr_claims({**claims, label: 1})


@pytest.mark.parametrize(
    "change",
    [
        {"jti": "urn:uuid:c0ffee00-1234-4abc-8def-0123456789ac"},
        {"id": "C0FFEE00-1234-4abc-8def-0123456789ab"},
        {"validFrom": "2026-09-21T14:13:21Z"},
        {"validFrom": "2026-09-21T22:13:20+08:00"},
        {"validUntil": "2029-11-22T00:00:00Z"},
        {"iss": "urn:uscc:11310000100000000F"},
        {"issuer": {"id": "urn:uscc:11310000100000000F", "name": "上海市人力资源和社会保障局"}},
        {"@context": ["https://www.w3.org/ns/credentials/v2", "https://evil.example/v1"]},
        {"type": ["VerifiableCredential", "PostdoctoralCredential"]},
        {"status": {"status_list": {"idx": 70001, "uri": f"{URL}/status/3"}}},
        {"status": {"status_list": {"idx": 70000, "uri": f"{URL}/status/4"}}},
        {"status": {"status_list": {"idx": 70000, "uri": f"{URL}/status/03"}}},
        {"status": {"status_list": {"idx": 70000, "uri": "https://evil.example/status/3"}}},
        {"status": {"status_list": {"idx": 70000, "uri": f"{URL}/status/3"}, "more": 1}},
        {"credentialStatus": []},
        {"evidence": "more"},
    ],
)
def test_contradicting_and_unknown_members_are_refused(standard, change):
    with pytest.raises(CredentialsError):
        from_document({**to_document(standard, registry_url=URL), **change})
