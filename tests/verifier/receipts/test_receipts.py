"""A receipt says what was answered, opens only whole and only under a key for receipts, and never stands for today."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.algorithms import Algorithm
from keys.b64 import b64u
from keys.jws import sign_compact
from keys.signer import SoftwareSigner
from keys.strictjson import dumps
from tests.verifier.malleable import document_with_mirrored_signature
from tests.verifier.published_world import World
from tests.web.verdict_cases import CASES, NOW
from verifier.receipts.claims import Checked, CheckReceipt, Summary, from_claims, to_claims
from verifier.receipts.desk import ReceiptDesk
from verifier.receipts.errors import (
    ReceiptError,
    ReceiptMalformed,
    ReceiptOfNothing,
    ReceiptSignerUnknown,
    ReceiptsNotGiven,
)
from verifier.receipts.making import Counting, checked
from verifier.receipts.sealing import TYP, is_receipt, open_receipt
from verifier.receipts.wording import advice, headline, lead, lines, steps

ISSUER, SOFTWARE = "https://hallmark.example/", "hallmark 0.1.0"


@pytest.fixture(scope="module")
def desk(world: World) -> ReceiptDesk:
    signer = world.signer("receipt")
    return ReceiptDesk(world.roots, lambda: world.now, issuer=ISSUER, software=SOFTWARE, signer=signer)


@pytest.fixture(scope="module")
def sealed(world: World, desk: ReceiptDesk) -> str:
    return desk.receipt(world.ask(world["suspended"].text), world["suspended"].text)


def test_it_says_what_was_answered_and_on_what(world: World, desk: ReceiptDesk, sealed: str) -> None:
    text = world["suspended"].text
    verdict = world.ask(text)
    opened = desk.opened(sealed)
    assert opened.state == "genuine"
    assert opened.receipt is not None
    told = opened.receipt.content
    assert isinstance(told, Checked)
    assert (told.result, told.reason, told.since) == ("genuine_not_valid", "suspended", verdict.since)
    assert told.sha256 == sha256(text.encode()).hexdigest()
    assert [(s.step, s.outcome, s.code) for s in told.steps] == [(f.step, f.outcome, f.code) for f in verdict.findings]
    basis = verdict.basis.to_json()
    assert told.checkpoint
    assert told.checkpoint.origin == world.roots.log.origin
    assert (told.checkpoint.size, told.checkpoint.root) == (basis["checkpoint"]["size"], basis["checkpoint"]["root"])
    assert told.status_list
    assert told.status_list.version == basis["status_list"]["version"]
    assert (told.trust_list, told.log_index) == (basis["trust_list"]["version"], basis["entry"]["log_index"])
    assert (opened.receipt.roots, opened.receipt.test) == (world.roots.version, True)


def test_it_names_the_person_masked_and_holds_neither_identity_nor_certificate(world: World, sealed: str) -> None:
    credential = world["suspended"].credential
    payload = json.dumps(to_claims(open_receipt(sealed, world.roots, world.now)), ensure_ascii=False)
    assert credential.number in payload
    for secret in (credential.holder.name, credential.holder.id_tail or "?", str(credential.id), credential.id.hex):
        assert secret not in payload


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_verdict_makes_a_receipt_that_reads_back(name: str) -> None:
    made = CheckReceipt(ISSUER, NOW, False, SOFTWARE, 3, checked(CASES[name], name))
    assert from_claims(json.loads(dumps(to_claims(made)))) == made
    content = made.content
    assert isinstance(content, Checked)
    for lang in ("zh", "en"):
        assert lines(made, lang)
        assert "{" not in "".join(value for _, value in lines(made, lang))
        assert len(steps(content, lang)) == len(CASES[name].findings)
    if CASES[name].credential is None:
        assert (content.number, content.holder) == (None, None)


def test_a_summary_counts_and_reads_back(world: World, desk: ReceiptDesk) -> None:
    counting = Counting(world.now - 5)
    for name in ("valid", "suspended", "valid"):
        counting.add(world.ask(world[name].text))
    opened = desk.opened(desk.sealed(counting.summary("ab" * 32, world.now)))
    assert opened.receipt is not None
    summary = opened.receipt.content
    assert isinstance(summary, Summary)
    assert (summary.rows, dict(summary.counts)) == (3, {"genuine_not_valid": 1, "genuine_valid": 2})
    assert [each.list for each in summary.status_lists] == [0]
    assert "3" in lead(opened, "en")


def test_one_changed_character_anywhere_is_no_genuine_receipt(desk: ReceiptDesk, sealed: str) -> None:
    for at in range(0, len(sealed), 7):
        other = "A" if sealed[at] != "A" else "B"
        opened = desk.opened(sealed[:at] + other + sealed[at + 1 :])
        assert opened.receipt is None
        assert opened.exit_status in {1, 3}


def test_a_changed_claim_under_the_old_signature_is_altered(world: World, desk: ReceiptDesk, sealed: str) -> None:
    header, _, signature = sealed.split(".")
    claims = to_claims(open_receipt(sealed, world.roots, world.now))
    claims["check"]["result"] = "genuine_valid"
    opened = desk.opened(f"{header}.{b64u(dumps(claims))}.{signature}")
    assert (opened.state, opened.exit_status) == ("altered", 1)


def test_only_a_key_for_receipts_signs_receipts(world: World, desk: ReceiptDesk, sealed: str) -> None:
    payload = dumps(to_claims(open_receipt(sealed, world.roots, world.now)))
    stranger = SoftwareSigner.from_seed(Algorithm.ES256, b"stranger" * 4)
    for signer in (stranger, world.signer("status"), world.signer("bundle"), world.signer("trust-1")):
        opened = desk.opened(sign_compact(payload, signer, typ=TYP))
        assert (opened.state, opened.exit_status) == ("unknown_signer", 1)
        with pytest.raises(ReceiptSignerUnknown):
            ReceiptDesk(world.roots, lambda: 0, issuer=ISSUER, software=SOFTWARE, signer=signer)


def test_the_receipt_key_does_not_make_a_certificate_and_another_typ_no_receipt(
    world: World, desk: ReceiptDesk, sealed: str
) -> None:
    payload = dumps(to_claims(open_receipt(sealed, world.roots, world.now)))
    assert world.ask(sealed).result == "unreadable"
    assert desk.opened(sign_compact(payload, world.signer("receipt"), typ="vc+jwt")).state == "unreadable"


def test_the_clock_and_the_test_mark_count(world: World, sealed: str) -> None:
    early = ReceiptDesk(world.roots, lambda: world.now - 301, issuer=ISSUER, software=SOFTWARE)
    assert early.opened(sealed).state == "unknown_signer"
    real = replace(world.roots, test=False)
    assert ReceiptDesk(real, lambda: world.now, issuer=ISSUER, software=SOFTWARE).opened(sealed).state == "unreadable"


def _spoiled(claims: dict[str, Any]) -> list[dict[str, Any]]:
    check = claims["check"]
    inside = [
        {"result": "certainly_valid"}, {"result": None}, {"reason": "because"}, {"form": "paper"}, {"sha256": "AB" * 32},
        {"checked_at": True}, {"checked_at": -1}, {"checked_at": 1 << 60}, {"since": "yesterday"}, {"number": ""},
        {"holder": "x" * 201}, {"holder": "a\nb"}, {"steps": [[10, "pass", "check.read"]]}, {"steps": [[1, "maybe", "check.read"]]},
        {"steps": [[1, "pass", "<b>"]]}, {"steps": [[1, "pass"]]}, {"steps": [[1, "pass", "check.read"]] * 65},
        {"warnings": "check.read"}, {"checkpoint": {"origin": "x"}}, {"status_list": [1, 2, 3]}, {"surplus": 1},
    ]  # fmt: skip
    outside = [
        {"iss": "http://x/"},
        {"iat": 1.5},
        {"test": 0},
        {"roots": None},
        {"software": ""},
        {"check": []},
        {"x": 1},
    ]
    missing = [{name: value for name, value in claims.items() if name != gone} for gone in claims]
    less = [claims | {"check": {n: v for n, v in check.items() if n != gone}} for gone in check]
    both = [claims | {"summary": {}}]
    return (
        [claims | {"check": check | each} for each in inside]
        + [claims | each for each in outside]
        + missing
        + less
        + both
    )


def test_claims_in_any_other_form_are_refused_even_under_the_right_key(
    world: World, desk: ReceiptDesk, sealed: str
) -> None:
    claims = to_claims(open_receipt(sealed, world.roots, world.now))
    for spoiled in _spoiled(claims):
        with pytest.raises(ReceiptMalformed):
            from_claims(json.loads(json.dumps(spoiled)))
        assert desk.opened(sign_compact(dumps(spoiled), world.signer("receipt"), typ=TYP)).state == "unreadable", (
            spoiled
        )


def test_a_summary_whose_counts_do_not_add_up_is_refused(world: World) -> None:
    summary = Counting(5).summary("00" * 32, 6)
    claims = to_claims(CheckReceipt(ISSUER, 6, True, SOFTWARE, 1, summary))
    for counts in ({"genuine_valid": 1}, {"genuine_valid": 0}, {"fine": 1}, []):
        with pytest.raises(ReceiptMalformed):
            from_claims(claims | {"summary": claims["summary"] | {"counts": counts}})


@given(st.one_of(st.text(max_size=300), st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{86}")))
def test_no_text_breaks_the_reader(text: str) -> None:
    desk = ReceiptDesk(_ROOTS[0], lambda: 0, issuer=ISSUER, software=SOFTWARE) if _ROOTS else None
    assert is_receipt(text) in {True, False}
    if desk is not None:
        opened = desk.opened(text)
        assert opened.exit_status == 3 or opened.state == "unknown_signer"


_ROOTS: list[Any] = []


@pytest.fixture(autouse=True)
def _roots(world: World) -> None:
    _ROOTS[:] = [world.roots]


def test_the_other_signature_of_es256_opens_the_same_receipt(world: World, desk: ReceiptDesk, sealed: str) -> None:
    assert desk.opened(document_with_mirrored_signature(sealed)).receipt == desk.opened(sealed).receipt


def test_without_a_key_none_is_given_and_of_nothing_none(world: World, desk: ReceiptDesk) -> None:
    verdict = world.ask(world["valid"].text)
    closed = ReceiptDesk(world.roots, lambda: world.now, issuer=ISSUER, software=SOFTWARE)
    assert (closed.gives, desk.gives) == (False, True)
    with pytest.raises(ReceiptsNotGiven):
        closed.receipt(verdict, "x")
    with pytest.raises(ReceiptOfNothing):
        desk.receipt(verdict, "")


def test_every_state_is_said_in_both_languages(desk: ReceiptDesk, sealed: str) -> None:
    texts = [
        sealed,
        sealed[:-4] + "AAAA",
        "x.y.z",
        sign_compact(b"{}", SoftwareSigner.from_seed(Algorithm.ES256, b"s" * 32), typ=TYP),
    ]
    states = [desk.opened(text) for text in texts]
    assert [each.state for each in states] == ["genuine", "altered", "unreadable", "unknown_signer"]
    for opened in states:
        for lang in ("zh", "en"):
            assert headline(opened, lang)
            assert "{" not in lead(opened, lang) + advice(opened, lang)
    assert "today" in lead(states[0], "en")


def test_it_calls_itself_a_receipt_and_a_certificate_does_not(world: World, sealed: str) -> None:
    assert is_receipt(f"  {sealed}\n")
    assert not is_receipt(world["valid"].text)
    assert not is_receipt(".".join("x" * 3))
    assert not is_receipt("a" * 70_000 + ".b.c")


def test_errors_have_one_base() -> None:
    assert issubclass(ReceiptMalformed, ReceiptError)
