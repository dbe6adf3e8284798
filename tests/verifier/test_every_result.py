"""Every result that can be reached today, with its reason, its finding and its exit status, from certificates really issued."""

import pytest

from credentials.model import StatusRef
from credentials.qrtext import to_text
from keys.algorithms import Algorithm
from keys.signer import SoftwareSigner
from tests.verifier.published_world import HOST, World, findings, folder_of, told
from tests.verifier.strange_certificates import BUREAU, FOUNDED, HOUR, sample
from verifier.policy import ONLINE
from verifier.verdict import Outcome, Step

OUT_OF_SCOPE = {
    "other name": "check.issuer_name_differs",
    "name of another": "check.issuer_name_differs",
    "kind": "trust.kind_not_granted",
    "committee": "trust.committee_unknown",
    "series": "trust.scope_series",
    "specialty": "trust.scope_specialty",
    "level": "trust.scope_level",
    "too early": "trust.not_in_force",
}
UNREADABLE = [
    "",
    " ",
    "hello",
    "0",
    "https://zcrc-chaxun.example/verify?id=20260916001",
    f"HTTPS://{HOST.upper()}/#",
    "1" * 4301,
    "9" * 600,
    "a.b.c",
    "x" * 70_000,
    "\ud800\udfff",
    "12345\x00",
]


@pytest.mark.parametrize("name", ["valid", "successor", "reinstated", "qualification", "postdoc", "perhaps too early"])
@pytest.mark.parametrize("form", ["qr", "document"])
def test_genuine_and_valid_of_every_kind_in_both_forms(world: World, name: str, form: str) -> None:
    certificate = world[name]
    verdict = world.ask(certificate.text if form == "qr" else certificate.document)
    assert told(verdict) == ("genuine_valid", None, 0)
    assert [(finding.step, finding.outcome) for finding in verdict.findings] == [(step, Outcome.PASS) for step in Step]
    assert (verdict.form, verdict.warnings, verdict.test) == (form, (), True)
    assert verdict.credential is not None
    assert verdict.credential.id == certificate.credential.id
    assert verdict.issuer == certificate.credential.issuer
    assert verdict.ages == {"trust": world.now - FOUNDED, "status": 60, "checkpoint": 60}


@pytest.mark.parametrize("spelling", ["digits", "lower case", "scanner path", "blanks"])
def test_the_same_certificate_however_the_code_was_handed_in(world: World, spelling: str) -> None:
    text = world["valid"].text
    digits = text.partition("#")[2]
    handed = {
        "digits": digits,
        "lower case": text.lower(),
        "scanner path": f"https://{HOST}/c/{digits}",
        "blanks": f" \n{text}\t\n",
    }[spelling]
    assert told(world.ask(handed)) == ("genuine_valid", None, 0)


@pytest.mark.parametrize("reason", ["rescinded", "cancelled", "revoked", "transferred", "superseded", "suspended"])
@pytest.mark.parametrize("form", ["qr", "document"])
def test_genuine_but_not_valid_says_why_and_since_when(world: World, reason: str, form: str) -> None:
    certificate = world[reason]
    verdict = world.ask(certificate.text if form == "qr" else certificate.document)
    assert told(verdict) == ("genuine_not_valid", reason, 1)
    assert findings(verdict)[f"check.status_{reason}"] == "fail"
    assert verdict.since == (1_795_536_000 if reason == "suspended" else 1_796_400_000)  # midnight in China
    assert verdict.successor == (world["successor"].number if reason == "superseded" else None)
    assert verdict.credential is not None


def test_ended_for_a_reason_that_was_erased(world: World) -> None:
    verdict = world.ask(world["erased"].text)
    assert told(verdict) == ("genuine_not_valid", "ended", 1)
    assert findings(verdict)["check.status_ended"] == "fail"
    assert verdict.since == 1_796_400_000


def test_not_yet_valid_before_the_day_of_award_and_before_it_was_sealed(world: World) -> None:
    verdict = world.ask(world["not yet awarded"].text)
    assert told(verdict) == ("genuine_not_valid", "not_yet_valid", 1)
    assert findings(verdict)["check.not_yet_valid"] == "fail"
    sealed_at = world["valid"].credential.issued_at
    early = world.ask(world["valid"].text, world.before, now=sealed_at - ONLINE.clock_leeway)
    assert told(early) == ("genuine_valid", None, 0)
    earlier = world.ask(world["valid"].text, world.before, now=sealed_at - ONLINE.clock_leeway - 1)
    assert told(earlier) == ("not_checkable_now", None, 2)  # the registry's time is ahead too: our clock is slow
    ahead = world.sealed(
        world.like("valid", issued_at=world.now + ONLINE.clock_leeway + 1),
        world.house.signer_of(world["valid"].body_code),
    )
    assert findings(world.ask(ahead))["check.not_yet_valid"] == "fail"


def test_altered_when_a_digit_was_changed(world: World) -> None:
    text = world["valid"].text
    place = len(text) - 100
    verdict = world.ask(f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}")
    assert told(verdict) == ("altered", None, 1)
    assert (verdict.credential, verdict.issuer) == (None, None)


def test_altered_when_the_key_it_names_did_not_seal_it(world: World) -> None:
    forged = bytearray(world["valid"].token)
    forged[-1] ^= 1
    verdict = world.ask(to_text(HOST, bytes(forged)))
    assert told(verdict) == ("altered", None, 1)
    assert findings(verdict) == {"check.read": "pass", "check.signature_broken": "fail"}
    assert (verdict.credential, verdict.issuer, verdict.issuer_en) == (None, None, None)


def test_unknown_issuer_when_nobody_trusted_owns_the_key(world: World) -> None:
    verdict = world.ask(world.sealed(sample(), SoftwareSigner.generate(Algorithm.ES256)))
    assert told(verdict) == ("unknown_issuer", None, 1)
    assert findings(verdict)["check.issuer_unknown"] == "fail"
    assert (verdict.credential, verdict.issuer) == (None, None)


@pytest.mark.parametrize("name", OUT_OF_SCOPE)
def test_out_of_scope_although_sealed_by_a_real_body_and_logged(world: World, name: str) -> None:
    verdict = world.ask(world[name].text)
    assert told(verdict) == ("issuer_out_of_scope", None, 1)
    assert findings(verdict)[OUT_OF_SCOPE[name]] == "fail"
    assert findings(verdict)["check.logged"] == "pass"


def test_a_document_with_another_bodys_code_is_out_of_scope(world: World) -> None:
    verdict = world.ask(world["other code"].document)
    assert told(verdict) == ("issuer_out_of_scope", None, 1)
    assert findings(verdict)["check.issuer_name_differs"] == "fail"
    assert verdict.issuer == "上海市人力资源和社会保障局"


def test_not_logged_when_the_slot_belongs_to_another_certificate(world: World) -> None:
    slot = world["valid"].credential.status
    verdict = world.ask(world.sealed(sample(status=slot), world.house.signer_of(BUREAU)))
    assert told(verdict) == ("not_logged", None, 1)
    assert findings(verdict)["check.other_digest_logged"] == "fail"


@pytest.mark.parametrize(
    ("age", "result"), [(HOUR + 1, "not_logged"), (HOUR, "not_checkable_now"), (0, "not_checkable_now")]
)
def test_a_slot_never_issued_is_proof_only_an_hour_after_sealing(world: World, age: int, result: str) -> None:
    """`age` is how much younger the status list is than the certificate."""
    credential = sample(status=StatusRef(0, 4_000), issued_at=world.folder_at - age)
    verdict = world.ask(world.sealed(credential, world.house.signer_of(BUREAU)))
    assert verdict.result.value == result
    code = "check.slot_never_issued" if result == "not_logged" else "check.log_pending"
    assert findings(verdict)[code] == ("fail" if result == "not_logged" else "unknown")
    assert findings(verdict)["check.status_not_issued_yet"] == "unknown"


def test_a_stale_list_is_no_proof_that_a_slot_was_never_issued(world: World) -> None:
    credential = sample(status=StatusRef(0, 131_000), issued_at=world.folder_at - 2 * HOUR)
    text = world.sealed(credential, world.house.signer_of(BUREAU))
    verdict = world.ask(text, now=world.folder_at + ONLINE.max_status_age + 1)
    assert told(verdict) == ("not_checkable_now", None, 2)


def test_unconfirmed_when_only_the_log_is_out_of_reach(world: World) -> None:
    without = {path: data for path, data in world.folder.items() if not path.startswith("tile/")}
    verdict = world.ask(world["valid"].text, without)
    assert told(verdict) == ("genuine_unconfirmed", None, 2)
    assert findings(verdict)["check.log_evidence_absent"] == "unknown"
    revoked = world.ask(world["revoked"].text, without)
    assert told(revoked) == ("genuine_not_valid", "revoked", 1)


def test_not_checkable_when_the_code_is_newer_than_the_software(world: World) -> None:
    digits = int.from_bytes(b"\x01\x09" + world["valid"].token, "big")
    verdict = world.ask(f"HTTPS://{HOST.upper()}/#{digits}")
    assert told(verdict) == ("not_checkable_now", None, 2)
    assert findings(verdict) == {"credentials.unknown_version": "unknown"}


def test_not_checkable_without_any_evidence(world: World) -> None:
    verdict = world.ask(world["valid"].text, {})
    assert told(verdict) == ("not_checkable_now", None, 2)
    assert findings(verdict) == {"check.read": "pass", "check.trust_evidence_absent": "unknown"}
    assert verdict.credential is None


@pytest.mark.parametrize("text", UNREADABLE, ids=lambda text: ascii(text)[:24])
def test_unreadable_when_it_is_nothing_of_ours(world: World, text: str) -> None:
    verdict = world.ask(text)
    assert told(verdict) == ("unreadable", None, 3)
    assert findings(verdict) == {"credentials.not_ours": "fail"}


def test_the_editions_of_this_world_are_what_they_are_called(world: World) -> None:
    assert folder_of(world.house) == world.rotated
    assert told(world.ask(world["revoked"].text, world.before, now=world.before_at)) == ("genuine_valid", None, 0)
    assert told(world.ask(world["postdoc"].text, world.first, now=world.before_at)) == ("not_checkable_now", None, 2)
