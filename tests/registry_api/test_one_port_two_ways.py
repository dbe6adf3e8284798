"""The Registry port keeps the same promises in process and over a real server: every test here runs against both."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from issuers.ports import Registry
from registry.api import journal
from registry.batches import MAX_BATCH
from registry.checkpoint import open_checkpoint
from registry.contract import SlotRun, Submission
from registry.entries import CredentialEntry, encode
from registry.errors import EventInvalid, TransitionRefused
from registry.merkle import leaf_hash, verify_inclusion
from registry.refusals import (
    BatchConflict,
    BatchInvalid,
    Busy,
    DetailMismatch,
    EffectiveLater,
    KeyNotActive,
    KeyUnknown,
    NotRetrievable,
    NotTheOwner,
    SlotNotIssued,
    SlotNotReserved,
    SlotTaken,
    SubmissionForged,
    SubmissionInvalid,
)
from tests.registry_api.api_house import ApiHouse, serving
from tests.registry_rim.rim_house import change, changes, signer, submission
from tests.stores.kinds import Postgresql
from web.database import writing

pytestmark = pytest.mark.network


@dataclass
class Place:
    """A registry behind the port, and the house that it stands in."""

    house: ApiHouse
    registry: Registry
    pauses: list[float]

    def sealed(self, batch: str, count: int, name: str = "body") -> list[Submission]:
        runs = self.registry.reserve(batch, count)
        return [submission(signer(name), run.list, run.first + at) for run in runs for at in range(run.count)]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for another writer here."""
    monkeypatch.setattr("web.database.BUSY_SECONDS", 0.1)


@pytest.fixture(params=["in process", "remote", "remote on PostgreSQL"])
def place(request: pytest.FixtureRequest, house: ApiHouse, tmp_path: Path) -> Iterator[Place]:
    pauses: list[float] = []
    if request.param == "in process":
        yield Place(house, house.recorder, pauses)
        return
    if request.param.endswith("PostgreSQL"):
        (tmp_path / "pg").mkdir()
        house = ApiHouse(tmp_path / "pg", kind=Postgresql(request.getfixturevalue("server"))).settled()
    with serving(house) as running:
        yield Place(house, running.client(sleep=pauses.append), pauses)
    house.engine.dispose()


def test_a_batch_is_reserved_logged_and_proven(place: Place) -> None:
    sealed = place.sealed("one", 300)
    appended = place.registry.append("one", sealed)
    opened = open_checkpoint(
        appended.checkpoint, place.house.log.identity, (), require_ml_dsa=True, witness_threshold=0
    ).checkpoint
    proofs = place.registry.prove(appended.first_index, 300, opened.size)
    for at, (each, proof) in enumerate(zip(sealed, proofs, strict=True)):
        leaf = leaf_hash(encode(CredentialEntry(appended.t, each.kid8, each.list, each.index, each.qr, each.doc)))
        verify_inclusion(appended.first_index + at, opened.size, leaf, proof, opened.root)


def test_asking_again_gives_the_same_answer(place: Place) -> None:
    runs = place.registry.reserve("one", 3)
    assert list(place.registry.reserve("one", 3)) == list(runs) == [SlotRun(0, runs[0].first, 3)]
    sealed = place.sealed("one", 3)
    appended = place.registry.append("one", sealed)
    place.registry.append("two", place.sealed("two", 2))
    head = place.house.recorder.head()
    assert place.registry.append("one", sealed) == appended
    asked = [change(signer("body"), sealed[0], "suspended", place.house.clock())]
    changed = place.registry.change_statuses("c", asked)
    assert place.registry.change_statuses("c", asked) == changed
    assert place.house.recorder.head().size == head.size + 2


def test_other_content_under_the_same_id_is_refused(place: Place) -> None:
    sealed = place.sealed("one", 2)
    with pytest.raises(BatchConflict) as refused:
        place.registry.reserve("one", 3)
    assert refused.value.params["batch"] == "one"
    place.registry.append("one", sealed)
    with pytest.raises(BatchConflict):
        place.registry.append("one", sealed[:1])
    with pytest.raises(BatchConflict):
        place.registry.append("one", [sealed[1], sealed[0]])


@pytest.mark.parametrize(("batch", "count"), [("", 1), ("a\n", 1), ("a" * 201, 1), ("a", 0), ("a", MAX_BATCH + 1)])
def test_a_batch_has_its_limits(place: Place, batch: str, count: int) -> None:
    with pytest.raises(BatchInvalid):
        place.registry.reserve(batch, count)


@pytest.mark.parametrize("member", ["qr_signature", "doc_signature", "qr", "doc"])
def test_one_wrong_signature_refuses_the_whole_batch(place: Place, member: str) -> None:
    sealed = place.sealed("one", 4)
    spoiled = bytearray(getattr(sealed[2], member))
    spoiled[-1] ^= 1
    with pytest.raises(SubmissionForged) as refused:
        place.registry.append("one", [*sealed[:2], replace(sealed[2], **{member: bytes(spoiled)}), sealed[3]])
    assert refused.value.params["index"] == sealed[2].index
    assert place.registry.append("one", sealed).count == 4


@pytest.mark.parametrize("spoiled", [{"kid8": b"short"}, {"qr": b""}, {"doc_signature": bytes(72)}])
def test_a_malformed_submission_is_named(place: Place, spoiled: dict[str, bytes]) -> None:
    sealed = place.sealed("one", 1)
    with pytest.raises(SubmissionInvalid):
        place.registry.append("one", [replace(sealed[0], **spoiled)])


def test_keys_that_are_not_enrolled_or_not_open_log_nothing(place: Place) -> None:
    run = place.registry.reserve("one", 1)[0]
    with pytest.raises(KeyUnknown):
        place.registry.append("one", [submission(signer("stranger"), run.list, run.first)])
    place.house.recorder.retire(signer("body").public_key.thumbprint)
    with pytest.raises(KeyNotActive):
        place.registry.append("one", [submission(signer("body"), run.list, run.first)])


def test_slots_must_be_ones_own_and_free(place: Place) -> None:
    mine = place.registry.reserve("mine", 1)[0]
    key = signer("body")
    with pytest.raises(SlotNotReserved):
        place.registry.append("unreserved", [submission(key, mine.list, mine.first)])
    twice = [submission(key, mine.list, mine.first), submission(key, mine.list, mine.first)]
    with pytest.raises(SlotTaken):
        place.registry.append("mine", twice)


def test_proofs_end_where_the_log_ends(place: Place) -> None:
    place.registry.append("one", place.sealed("one", 1))
    size = place.house.recorder.head().size
    for asked in ((0, 1, size + 1), (-1, 1, size), (0, MAX_BATCH + 1, size), (size, 1, size)):
        with pytest.raises(NotRetrievable):
            place.registry.prove(*asked)


def test_statuses_change_all_or_nothing(place: Place) -> None:
    key, now = signer("body"), place.house.clock()
    sealed = place.sealed("one", 3)
    place.registry.append("one", sealed)
    ended = place.registry.change_statuses("end", changes(key, sealed[:2], "revoked", now))
    assert len(ended.indices) == 2
    with pytest.raises(TransitionRefused):
        place.registry.change_statuses(
            "mixed", [change(key, sealed[2], "suspended", now), change(key, sealed[0], "suspended", now)]
        )
    with pytest.raises(EffectiveLater):
        place.registry.change_statuses("later", [change(key, sealed[2], "suspended", now + 3600)])
    asked = change(key, sealed[2], "suspended", now)
    with pytest.raises(DetailMismatch):
        place.registry.change_statuses("mismatch", [replace(asked, index=sealed[1].index)])
    with pytest.raises(EventInvalid):
        place.registry.change_statuses("garbage", [replace(change(key, sealed[2], "suspended", now), detail=b"\x00")])
    free = place.registry.reserve("free", 1)[0]
    with pytest.raises(SlotNotIssued):
        place.registry.change_statuses("free", [change(key, submission(key, free.list, free.first), "revoked", now)])
    assert place.registry.change_statuses("third", changes(key, sealed[2:], "suspended", now)).indices


def test_nobody_changes_a_certificate_of_another_body(place: Place) -> None:
    house, now = place.house, place.house.clock()
    runs = house.recorder.reserve("theirs", 1)
    theirs = submission(signer("other"), runs[0].list, runs[0].first)
    house.recorder.append("theirs", [theirs])
    with pytest.raises(NotTheOwner):
        place.registry.change_statuses("steal", [change(signer("body"), theirs, "revoked", now)])


def test_a_busy_registry_says_so_and_has_done_nothing(place: Place) -> None:
    sealed = place.sealed("one", 1)
    size = place.house.recorder.head().size
    with writing(place.house.engine) as another:
        journal.lock(another)
        with pytest.raises(Busy):
            place.registry.append("one", sealed)
    assert place.house.recorder.head().size == size
    assert place.registry.append("one", sealed).count == 1
