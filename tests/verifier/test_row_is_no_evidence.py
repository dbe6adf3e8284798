"""T60: an insider with SQL access and a real body's key: no row he writes makes a certificate genuine or un-ends one."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from credentials.envelope import read, seal
from credentials.model import Credential, StatusRef
from hallmark.house import House
from hallmark.settings import read_settings
from registry.contract import Submission
from registry.entries import CredentialEntry, decode, encode
from registry.errors import RegistryError
from registry.refusals import ArrayDiffersFromLog, StoredBytesDiffer
from registry.statuslist import StatusArray
from tests.verifier.published_world import PUDONG, Clock, World, findings, folder_of, told
from tests.verifier.strange_certificates import BUREAU, sample
from verifier.verdict import Verdict


@dataclass
class Inside:
    """A copy of the house, its database open to plain SQL, and a forged certificate under the bureau's real key."""

    world: World
    house: House
    clock: Clock

    def __post_init__(self) -> None:
        self.file = self.house.settings.home / "registry.db"
        self.slot = StatusRef(0, 4_000)
        self.forged: Credential = sample(status=self.slot, issued_at=self.clock.now)
        self.text = self.world.sealed(self.forged, self.house.signer_of(BUREAU))

    def sql(self, statement: str, *values: object) -> None:
        with sqlite3.connect(self.file) as database:
            assert database.execute(statement, values).rowcount > 0
        database.close()

    def value(self, query: str) -> bytes:
        with sqlite3.connect(self.file) as database:
            (found,) = database.execute(query).fetchone()
        database.close()
        return bytes(found)

    def entry_of_the_forgery(self) -> bytes:
        """What the log would hold had the recorder taken it."""
        presented = read(self.text)
        return encode(CredentialEntry(self.clock.now, presented.kid8, 0, 4_000, presented.digest, bytes(32)))

    def published(self) -> RegistryError | None:
        """Publish as the house does every minute; return what it refused, if it did."""
        try:
            self.house.publish()
        except RegistryError as refusal:
            return refusal
        return None

    def asked(self, text: str, later: int = 60) -> Verdict:
        return self.world.ask(text, folder_of(self.house), now=self.clock.now + later)


@pytest.fixture
def inside(world: World, tmp_path: Path) -> Iterator[Inside]:
    home = tmp_path / "house"
    shutil.copytree(world.house.settings.home, home)
    clock = Clock(world.rotated_at)
    house = House(read_settings(home), clock)
    yield Inside(world, house, clock)
    house.registry_engine.dispose()
    house.ledger_engine.dispose()


def size(inside: Inside) -> int:
    return inside.house.log.head().size


def insert_an_entry(inside: Inside) -> None:
    """A row behind the last one, with its hint, and the slot flipped to valid."""
    inside.sql("INSERT INTO entry (idx, body) VALUES (?, ?)", size(inside), inside.entry_of_the_forgery())
    kid8 = read(inside.text).kid8
    inside.sql('INSERT INTO slot ("list", "index", log_index, kid8) VALUES (0, 4000, ?, ?)', size(inside), kid8)


def insert_an_entry_and_move_the_head(inside: Inside) -> None:
    insert_an_entry(inside)
    inside.sql("UPDATE head SET size = size + 1")


def overwrite_an_entry(inside: Inside) -> None:
    """The genuine entry of another certificate becomes the forgery's."""
    place = inside.world["valid"].log_index
    inside.sql("UPDATE entry SET body = ? WHERE idx = ?", inside.entry_of_the_forgery(), place)


def overwrite_an_entry_in_its_own_slot(inside: Inside) -> None:
    """A second certificate for a slot that is taken: same slot, other digest."""
    place, credential = inside.world["valid"].log_index, inside.world["valid"].credential
    inside.text = inside.world.sealed(replace(inside.forged, status=credential.status), inside.house.signer_of(BUREAU))
    honest = decode(inside.value(f"SELECT body FROM entry WHERE idx = {place}"))
    assert isinstance(honest, CredentialEntry)
    body = encode(replace(honest, qr=read(inside.text).digest))
    inside.sql("UPDATE entry SET body = ? WHERE idx = ?", body, place)


def point_a_slot_elsewhere(inside: Inside) -> None:
    """Only the hint: the forgery's slot leads to a genuine entry."""
    inside.sql('UPDATE slot SET "index" = 4000 WHERE log_index = ?', inside.world["valid"].log_index)


def flip(status: int, *, digest: bool) -> Callable[[Inside], None]:
    """Set the revoked certificate's slot by SQL, with or without the row's own digest."""

    def change(inside: Inside) -> None:
        array = StatusArray(inside.value('SELECT "array" FROM status_list WHERE no = 0'))
        array.set(inside.world["revoked"].credential.status.index, status)
        inside.sql('UPDATE status_list SET "array" = ? WHERE no = 0', bytes(array))
        if digest:
            inside.sql("UPDATE status_list SET digest = ? WHERE no = 0", sha256(bytes(array)).digest())

    return change


def roll_a_list_back(inside: Inside) -> None:
    """Row, events and files as they were before the revocation: all of it was logged once, and is proven as well as ever."""
    older = inside.world.evidence(inside.world.before).status(0)
    inside.sql("DELETE FROM event")
    inside.sql("DELETE FROM event_file")
    inside.sql(
        'UPDATE status_list SET "array" = ?, digest = ?, version = ?, log_index = ?, events_root = ? WHERE no = 0',
        bytes(older.array), older.digest, older.version, older.entry_index, older.events_root,
    )  # fmt: skip


INSERTIONS = [
    insert_an_entry,
    insert_an_entry_and_move_the_head,
    overwrite_an_entry,
    overwrite_an_entry_in_its_own_slot,
    point_a_slot_elsewhere,
]


@pytest.mark.parametrize("attack", INSERTIONS)
def test_a_row_makes_no_certificate(inside: Inside, attack: Callable[[Inside], None]) -> None:
    attack(inside)
    refusal = inside.published()
    for later in (60, 4_000):
        verdict = inside.asked(inside.text, later)
        assert verdict.result.value in {"not_checkable_now", "not_logged"}
        assert verdict.exit_status in {1, 2}
    if attack in {overwrite_an_entry, overwrite_an_entry_in_its_own_slot, insert_an_entry_and_move_the_head}:
        inside.clock.now += 60
        assert refusal is not None or isinstance(inside.published(), RegistryError)


@pytest.mark.parametrize("attack", INSERTIONS)
def test_not_in_a_folder_published_afresh_either(inside: Inside, attack: Callable[[Inside], None]) -> None:
    shutil.rmtree(inside.house.settings.public)
    attack(inside)
    refusal = inside.published()
    if attack in {insert_an_entry, point_a_slot_elsewhere}:
        assert refusal is None  # a row beyond the head is nobody's; a hint is no evidence
    else:
        assert isinstance(refusal, StoredBytesDiffer)
    assert inside.asked(inside.text).exit_status != 0
    assert inside.asked(inside.text).result.value in {"not_checkable_now", "not_logged", "altered"}


@pytest.mark.parametrize("attack", [flip(0, digest=False), flip(0, digest=True), flip(2, digest=True)],
                         ids=["valid", "valid with digest", "suspended"])  # fmt: skip
def test_a_flipped_status_is_refused_and_the_ended_stay_ended(inside: Inside, attack: Callable[[Inside], None]) -> None:
    attack(inside)
    assert isinstance(inside.published(), ArrayDiffersFromLog)
    assert told(inside.asked(inside.world["revoked"].text)) == ("genuine_not_valid", "revoked", 1)
    shutil.rmtree(inside.house.settings.public)
    assert isinstance(inside.published(), ArrayDiffersFromLog)
    assert told(inside.asked(inside.world["revoked"].text)) == ("not_checkable_now", None, 2)


@pytest.mark.parametrize("afresh", [False, True], ids=["the same folder", "a fresh folder"])
def test_a_list_rolled_back_to_what_was_once_logged_is_not_published(inside: Inside, afresh: bool) -> None:
    """The log itself says which entry of the list is the newest."""
    roll_a_list_back(inside)
    if afresh:
        shutil.rmtree(inside.house.settings.public)
    assert isinstance(inside.published(), ArrayDiffersFromLog)
    answer = told(inside.asked(inside.world["revoked"].text))
    assert answer == (("not_checkable_now", None, 2) if afresh else ("genuine_not_valid", "revoked", 1))


def test_nor_when_an_honest_batch_has_built_upon_it(inside: Inside) -> None:
    roll_a_list_back(inside)
    append_one(inside)
    assert isinstance(inside.published(), StoredBytesDiffer)
    assert told(inside.asked(inside.world["revoked"].text)) == ("genuine_not_valid", "revoked", 1)


def append_one(inside: Inside) -> None:
    """An honest certificate, logged after the attack."""
    (run,) = inside.house.recorder.reserve("honest", 1)
    credential = sample(status=StatusRef(run.list, run.first), issued_at=inside.clock.now)
    url = inside.house.settings.registry_url
    one = seal(credential, inside.house.signer_of(BUREAU), registry_url=url)
    signatures = (one.qr_digest, one.qr_signature, one.document_digest, one.document_signature)
    inside.house.recorder.append("honest", [Submission(one.kid8, run.list, run.first, *signatures)])


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM published WHERE name = 'trust' AND version = 2", "DELETE FROM published WHERE name = 'catalogue'",
     "DELETE FROM status_list"],
)  # fmt: skip
def test_a_version_that_was_deleted_is_missed_in_a_fresh_folder(inside: Inside, statement: str) -> None:
    """Without version 2 of the trust list the lost key would be open again."""
    inside.sql(statement)
    shutil.rmtree(inside.house.settings.public)
    assert isinstance(inside.published(), StoredBytesDiffer)
    assert inside.asked(inside.world["second"].text).exit_status == 2


def test_a_folder_whose_memory_was_lost_is_laid_out_again(inside: Inside) -> None:
    shutil.rmtree(inside.house.settings.public / ".publishing")
    append_one(inside)
    assert inside.published() is None
    assert told(inside.asked(inside.world["valid"].text)) == ("genuine_valid", None, 0)
    roll_a_list_back(inside)
    shutil.rmtree(inside.house.settings.public / ".publishing")
    assert isinstance(inside.published(), ArrayDiffersFromLog)


@pytest.mark.parametrize(("body", "answer"), [(BUREAU, "not_checkable_now"), (PUDONG, "not_logged")])
def test_an_entry_logged_past_the_recorder_counts_only_under_the_key_that_sealed_it(
    inside: Inside, body: str, answer: str
) -> None:
    """The operator himself adds entries: the right digest under another body's key id is another certificate's entry."""
    presented = read(inside.text)
    kid8 = inside.house.signer_of(body).public_key.kid8
    with inside.house.log.growing() as growth:
        place = growth.add(CredentialEntry(growth.t, kid8, 0, 4_000, presented.digest, bytes(32)))
    inside.sql('INSERT INTO slot ("list", "index", log_index, kid8) VALUES (0, 4000, ?, ?)', place, kid8)
    assert inside.published() is None
    verdict = inside.asked(inside.text)
    assert verdict.result.value == answer  # his own slot still reads "never issued"
    assert findings(verdict)["check.logged" if body == BUREAU else "check.other_digest_logged"] in {"pass", "fail"}


def test_an_issuer_written_into_the_table_is_still_nobody(inside: Inside) -> None:
    """The trust list is what its two publishers signed, whatever the table of keys says."""
    stranger = inside.world.signer("receipt")
    text = inside.world.sealed(sample(), stranger)
    key = stranger.public_key
    inside.sql("UPDATE issuer_key SET kid8 = ?, thumbprint = ? WHERE body_code = ?", key.kid8, key.thumbprint, BUREAU)
    inside.published()
    assert told(inside.asked(text)) == ("unknown_issuer", None, 1)
    assert told(inside.asked(inside.world["valid"].text))[0] == "genuine_valid"


def test_an_honest_house_publishes_as_ever(inside: Inside) -> None:
    """What this file's copy of the house does when nobody meddled."""
    assert inside.published() is None
    assert told(inside.asked(inside.world["valid"].text)) == ("genuine_valid", None, 0)
    assert told(inside.asked(inside.world["revoked"].text)) == ("genuine_not_valid", "revoked", 1)
