"""The operator ends certificates whose issuing body lost its key: with the status key, logged, seen by every verifier."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from credentials.envelope import read_document, seal
from credentials.model import StatusRef
from credentials.qrtext import to_text
from hallmark.ending import end
from hallmark.house import House
from issuers.changes import Order, batch_id, signed_change
from keys.algorithms import Algorithm
from keys.roots import KeySet, seal_roots
from keys.rotation import Purpose
from keys.signer import Signer, SoftwareSigner
from registry.contract import Submission
from registry.events import decode_events
from registry.refusals import KeyNotActive, KeyUnknown, NotTheOwner
from tests.hallmark.command import run
from tests.hallmark.conftest import numbers_of, opened

WHY = ("--reason", "key_lost", "--authority", "上海市人力资源和社会保障局")


def body_of(house: House, number: str) -> str:
    return house.ledger.record(number).body_code


def lose_key(home: Path, how: str, body: str) -> None:
    house = opened(home)
    thumbprint = house.signer_of(body).public_key.thumbprint
    if how == "retired":
        house.recorder.retire(thumbprint)
    elif how == "compromised":
        house.recorder.compromise(thumbprint, house.recorder.head().size)
    else:
        for file in (home / "keys").glob(f"body-{body}.*"):
            file.unlink()


def verdict(home: Path, text: str) -> tuple[str, str | None]:
    told = json.loads(run(home, "verify", text, "--json").out)
    return told["result"], told["reason"]


def text_of(house: House, number: str) -> str:
    return to_text(house.settings.host, house.ledger.sealed_bytes(number)[0])


@pytest.mark.parametrize(
    ("how", "event"), [("retired", "revoked"), ("compromised", "rescinded"), ("destroyed", "cancelled")]
)
def test_it_ends_what_the_body_cannot_end_any_more(issued: Path, how: str, event: str) -> None:
    number = numbers_of(issued)[0]
    lose_key(issued, how, body_of(opened(issued), number))
    assert run(issued, "revoke", number).status == 65
    ran = run(issued, "registry", "end", number, "--event", event, *WHY).fine()
    assert ran.out.startswith(f"{event}: 1 ")
    assert verdict(issued, text_of(opened(issued), number)) == ("genuine_not_valid", event)
    assert f"\t{event}\t" in run(issued, "status", number).fine().out
    assert "findings: 0" in run(issued, "audit").out


def test_it_is_named_by_its_slot_too_and_ended_once(issued: Path) -> None:
    first, second = numbers_of(issued)[:2]
    record = opened(issued).ledger.record(second)
    slot = f"{record.list}:{record.index}"
    out = run(issued, "registry", "end", first, slot, second.lower(), "--event", "revoked", *WHY).fine().out
    assert out.startswith("revoked: 2 ")
    run(issued, "registry", "end", slot, "--event", "revoked", *WHY).refused()
    assert "findings: 0" in run(issued, "audit").out


def strangers_certificate(house: House) -> tuple[str, StatusRef]:
    """What a thief with a body's key had logged: it never stood in this ledger."""
    model = read_document(house.ledger.sealed_bytes(numbers_of(house.settings.home)[0])[1]).credential
    (run_of_slots,) = house.recorder.reserve("thief", 1)
    slot = StatusRef(run_of_slots.list, run_of_slots.first)
    assert model.issuer_code is not None
    signer = house.signer_of(model.issuer_code)
    sealed = seal(replace(model, status=slot), signer, registry_url=house.settings.registry_url)
    house.recorder.append(
        "thief",
        [
            Submission(
                sealed.kid8, slot.list, slot.index,
                sealed.qr_digest, sealed.qr_signature, sealed.document_digest, sealed.document_signature,
            )
        ],
    )  # fmt: skip
    return to_text(house.settings.host, sealed.token), slot


def test_what_never_stood_in_the_ledger_is_ended_by_its_slot(issued: Path) -> None:
    house = opened(issued)
    text, slot = strangers_certificate(house)
    house.publish()
    assert verdict(issued, text) == ("genuine_valid", None)
    named = f"{slot.list}:{slot.index}"
    run(issued, "registry", "end", named, "--event", "rescinded", *WHY).fine()
    assert verdict(issued, text) == ("genuine_not_valid", "rescinded")


def test_what_an_earlier_status_key_ended_stays_ended_and_audits_clean(issued: Path) -> None:
    first, second = numbers_of(issued)[:2]
    run(issued, "registry", "end", first, "--event", "revoked", *WHY).fine()
    house = opened(issued)
    made = house.keystore.generate("status-2", Purpose.STATUS, Algorithm.ES256, opens_at=house.clock())
    roots = house.trusted_roots()
    purposes = {**roots.purposes, Purpose.STATUS: KeySet((made.public_key,), 1)}
    custodians = [house.keystore.signer(f"custodian-{n}") for n in (1, 2)]
    house.recorder.publish_roots(seal_roots(replace(roots, version=2, purposes=purposes), custodians))
    opened(issued).publish()
    (issued / "roots.json").write_bytes((issued / "public/roots/2.json").read_bytes())
    run(issued, "registry", "end", second, "--event", "revoked", *WHY).fine()
    assert verdict(issued, text_of(opened(issued), first)) == ("genuine_not_valid", "revoked")
    assert run(issued, "audit").fine().out.endswith("findings: 0\n")
    assert run(issued, "registry", "audit", "--folder", issued / "public").fine().out == ""


@pytest.mark.parametrize("wrong", ["0:131071", "7:3", "99999999999:1", "0:01", "ABC", "0000000000000"])
def test_what_is_no_certificate_is_refused(kept: Path, wrong: str) -> None:
    run(kept, "registry", "end", wrong, "--event", "revoked", *WHY).refused()


@pytest.mark.parametrize("event", ["suspended", "reinstated", "transferred", "superseded"])
def test_what_is_the_bodys_alone_is_no_event_of_the_operators(kept: Path, event: str) -> None:
    run(kept, "registry", "end", numbers_of(kept)[0], "--event", event, *WHY).refused(64)


def test_reason_and_authority_are_asked_for(kept: Path) -> None:
    run(kept, "registry", "end", numbers_of(kept)[0], "--event", "revoked", "--reason", "x").refused(64)
    run(kept, "registry", "end", numbers_of(kept)[0], "--event", "revoked", "--authority", "x").refused(64)


def test_no_other_key_ends_anything(issued: Path) -> None:
    """Another body's, one of another purpose, a stranger's, and the body's own once it is closed."""
    house = opened(issued)
    number = numbers_of(issued)[0]
    body, record = body_of(house, number), house.ledger.record(number)
    other = next(each.code for each in house.trust.bodies if each.code != body)
    order = Order("revoked", house.clock(), "authority", "reason")

    def tried(signer: Signer) -> None:
        change = signed_change(record.list, record.index, order, signer)
        house.recorder.change_statuses(batch_id([change]), [change])

    with pytest.raises(NotTheOwner):
        tried(house.signer_of(other))
    for name in ("trust-1", "bundle", "custodian-1"):
        with pytest.raises(KeyUnknown):
            tried(house.keystore.signer(name))
    with pytest.raises(KeyUnknown):
        tried(SoftwareSigner.generate(Algorithm.ES256))
    lose_key(issued, "retired", body)
    with pytest.raises(KeyNotActive):
        tried(opened(issued).signer_of(body))
    assert opened(issued).ledger.record(number).state == "released"


def test_without_a_status_key_in_the_house_nothing_is_ended(issued: Path, tmp_path: Path) -> None:
    for file in (issued / "keys").glob("status.*"):
        shutil.move(file, tmp_path / file.name)
    run(issued, "registry", "end", numbers_of(issued)[0], "--event", "revoked", *WHY).refused()


def test_the_operators_detail_says_who_decided_and_why(issued: Path) -> None:
    house = opened(issued)
    number = numbers_of(issued)[0]
    end(house, [number], Order("cancelled", house.clock(), "上海市人社局", "key_lost", "沪人社〔2026〕9号"))
    house.publish()
    record = house.ledger.record(number)
    data = (house.settings.public / "events" / str(record.list) / "0").read_bytes()
    (event,) = (each for each in decode_events(data) if each.slot == record.index)
    detail = event.opened()
    assert detail is not None
    assert (detail.detail.authority, detail.detail.reason) == ("上海市人社局", "key_lost")
    assert detail.sealed.kid8 == house.status_signer.public_key.kid8
