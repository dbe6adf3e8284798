"""Keys introduce themselves: every key that is named has signed, nothing is missing, surplus, stale or of another kind."""

import json

import pytest

from keys.algorithms import Algorithm
from keys.jwk import to_jwk
from keys.jws import sign_general
from keys.strictjson import dumps
from registry.api.introduction import (
    ENROLMENT,
    MAX_AGE,
    SUCCESSION,
    open_enrolment,
    open_succession,
    request_enrolment,
    vouch,
)
from registry.api.refusals import IntroductionInvalid
from tests.registry_rim.rim_house import BODY, signer

NOW = 1_800_000_000
REGISTRY = "https://registry.example"


def payload(**changed: object) -> bytes:
    keys = {"credential": to_jwk(signer("body").public_key), "client": to_jwk(signer("client").public_key)}
    whole = {"body": BODY, "registry": REGISTRY, **keys, "asked_at": NOW} | changed
    return dumps({name: value for name, value in whole.items() if value is not None})


def test_a_request_says_what_it_was_made_with() -> None:
    data = request_enrolment(BODY, REGISTRY, credential=signer("body"), client=signer("client"), now=NOW)
    opened = open_enrolment(data)
    assert (opened.body_code, opened.registry, opened.asked_at) == (BODY, REGISTRY, NOW)
    assert (opened.credential, opened.client) == (signer("body").public_key, signer("client").public_key)


@pytest.mark.parametrize("signers", [["body"], ["client"], ["body", "other"], ["other", "third"]], ids="+".join)
def test_both_keys_must_have_signed(signers: list[str]) -> None:
    with pytest.raises(IntroductionInvalid):
        open_enrolment(sign_general(payload(), [signer(name) for name in signers], typ=ENROLMENT))


@pytest.mark.parametrize(
    "changed",
    [
        {"body": ""}, {"body": 7}, {"body": "x" * 201}, {"body": "a\nb"}, {"registry": None}, {"asked_at": "now"},
        {"asked_at": True}, {"more": 1}, {"credential": {}}, {"credential": None}, {"client": "text"}, {"client": []},
        {"client": to_jwk(signer("log", Algorithm.ED25519).public_key)},
        {"client": to_jwk(signer("body").public_key)},
    ],
    ids=lambda changed: str(changed)[:40],
)  # fmt: skip
def test_a_request_that_is_not_in_its_form_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(IntroductionInvalid):
        open_enrolment(sign_general(payload(**changed), [signer("body"), signer("client")], typ=ENROLMENT))


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"x" * 9000, dumps({"payload": "", "signatures": []})])
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(IntroductionInvalid):
        open_enrolment(data)


def test_one_flipped_character_anywhere_is_refused() -> None:
    data = request_enrolment(BODY, REGISTRY, credential=signer("body"), client=signer("client"), now=NOW)
    for at in range(0, len(data), 7):
        spoiled = data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
        with pytest.raises(IntroductionInvalid):
            open_enrolment(spoiled)


def test_a_succession_needs_an_active_key_of_the_body_and_the_new_one() -> None:
    active = {signer("body").public_key.kid: signer("body").public_key}
    opened = open_succession(vouch(BODY, signer("new"), signer("body"), NOW), active, NOW + MAX_AGE)
    assert opened.key == signer("new").public_key
    refused = [
        vouch(BODY, signer("new"), signer("stranger"), NOW),
        vouch(BODY, signer("new"), signer("body"), NOW - MAX_AGE - 1),
        vouch(BODY, signer("new"), signer("body"), NOW + MAX_AGE + 1),
        request_enrolment(BODY, REGISTRY, credential=signer("body"), client=signer("new"), now=NOW),
    ]
    whole = {"body": BODY, "key": to_jwk(signer("new").public_key), "vouching": signer("body").public_key.kid}
    for names in (["body"], ["new"], ["other", "new"]):
        signers = [signer(name) for name in names]
        refused.append(sign_general(json.dumps(whole | {"asked_at": NOW}).encode(), signers, typ=SUCCESSION))
    for each in refused:
        with pytest.raises(IntroductionInvalid):
            open_succession(each, active, NOW)
