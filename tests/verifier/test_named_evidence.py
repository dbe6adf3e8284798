"""An answer names its evidence; and an event that is withheld shows, whoever lays out the files."""

import pytest

from registry.entries import CredentialEntry, ListEntry, StatusEntry, decode
from registry.events import EventRecord, decode_events, encode_events
from registry.merkle import leaf_hash
from registry.statuslist import sign_status_list
from registry.tiles import decode_bundle
from tests.verifier.published_world import World, findings, told
from tests.verifier.tampering import head, opened_status
from verifier.artifacts import Fetched
from verifier.check import check
from verifier.evidence import Evidence
from verifier.handed_in import end_of_day
from verifier.policy import ONLINE
from verifier.wording import evidence

BETWEEN_EVENTS = "2026-11-30"
CANNOT_SAY = ("not_checkable_now", None, 2)


def test_an_as_of_answer_names_list_file_and_every_event(world: World) -> None:
    as_of = end_of_day(BETWEEN_EVENTS, world.now)
    verdict = world.ask(world["reinstated"].text, as_of=as_of)
    assert told(verdict) == ("genuine_not_valid", "suspended", 1)
    rests = verdict.to_json()["evidence"]
    status, checkpoint = opened_status(world, world.folder), head(world)
    assert rests["checkpoint"] == {"size": checkpoint.size, "root": checkpoint.root.hex(), "time": world.folder_at}
    assert rests["entry"]["log_index"] == world["reinstated"].log_index
    assert rests["status_list"] == {
        "list": 0,
        "version": status.version,
        "signed_at": status.iat,
        "digest": status.digest.hex(),
        "log_index": status.entry_index,
    }
    assert rests["trust_list"]["version"] == 1
    events = rests["events"]
    assert (events["list"], events["block"]) == (0, 0)
    assert events["leaf_hash"] == leaf_hash(world.folder["events/0/0"]).hex()
    assert events["root"] == status.events_root.hex()
    mine = [
        r for r in decode_events(world.folder["events/0/0"]) if r.slot == world["reinstated"].credential.status.index
    ]
    assert [one["log_index"] for one in events["entries"]] == [record.log_index for record in mine]
    assert [one["event"] for one in events["entries"]] == ["suspended", "reinstated"]
    assert [one["effective_at"] for one in events["entries"]] == [record.change.effective_at for record in mine]


def test_every_index_that_is_named_leads_to_that_entry_in_the_published_log(world: World) -> None:
    rests = world.ask(world["revoked"].text, as_of=world.now).to_json()["evidence"]
    bodies = decode_bundle(world.folder[f"tile/entries/000.p/{rests['checkpoint']['size']}"])
    assert isinstance(decode(bodies[rests["entry"]["log_index"]]), CredentialEntry)
    listed = decode(bodies[rests["status_list"]["log_index"]])
    assert isinstance(listed, ListEntry)
    assert (listed.version, listed.digest.hex()) == (rests["status_list"]["version"], rests["status_list"]["digest"])
    assert listed.extra.hex() == rests["events"]["root"]
    (event,) = rests["events"]["entries"]
    changed = decode(bodies[event["log_index"]])
    assert isinstance(changed, StatusEntry)
    assert (changed.old, changed.new, changed.effective_at) == (event["old"], event["new"], event["effective_at"])


def test_what_was_not_in_hand_is_null(world: World) -> None:
    nothing = world.ask(world["valid"].text, {}).to_json()["evidence"]
    assert set(nothing.values()) == {None}
    plain = world.ask(world["valid"].text).to_json()["evidence"]
    assert plain["events"] is None  # nobody had to read the event file to say "valid now"
    assert plain["proof"] is None
    foreign = world.ask("https://other.example/").to_json()["evidence"]
    assert set(foreign.values()) == {None}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_told_in_words_too(world: World, lang: str) -> None:
    lines = evidence(world.ask(world["revoked"].text, as_of=world.now), lang)
    assert len(lines) == 6
    assert all(label and value and "{" not in value for label, value in lines)
    (erased,) = [value for _, value in evidence(world.ask(world["erased"].text, as_of=world.now), lang)][-1:]
    assert {"zh": "详情已删除", "en": "erased"}[lang] in erased


# a withheld event ---------------------------------------------------------------------------------------------------


class Inside(Evidence):
    """Evidence whose registry itself logged a list that its event file does not fit: signatures and roots all hold."""

    def __init__(self, world: World, records: tuple[EventRecord, ...]) -> None:
        super().__init__(world.roots, {path: Fetched(data, world.folder_at) for path, data in world.folder.items()})
        self._told = records

    def events(self, list_no: int, index: int) -> tuple[EventRecord, ...]:
        return tuple(record for record in self._told if record.slot == index)


@pytest.mark.parametrize("name", ["suspended", "superseded", "reinstated", "revoked"])
def test_fewer_events_than_the_list_tells_of_are_no_answer(world: World, name: str) -> None:
    """Valid on that day, says the file; but the list has another value today, so something is withheld."""
    slot = world[name].credential.status.index
    records = decode_events(world.folder["events/0/0"])
    last = max(record.log_index for record in records if record.slot == slot)
    fewer = tuple(record for record in records if record.log_index != last)
    verdict = check(
        world[name].text, Inside(world, fewer), ONLINE, now=world.now, as_of=end_of_day("2026-11-20", world.now)
    )
    assert told(verdict) == CANNOT_SAY
    wanted = "check.status_not_issued_yet" if name == "revoked" else "check.status_history_untold"
    assert findings(verdict)[wanted] == "unknown"


def test_an_event_list_shorter_than_committed_is_rejected(world: World) -> None:
    records = decode_events(world.folder["events/0/0"])
    slot = world["reinstated"].credential.status.index
    last = max(record.log_index for record in records if record.slot == slot)
    shorter = encode_events([record for record in records if record.log_index != last])
    for folder in (
        {**world.folder, "events/0/0": shorter},
        {**world.folder, "events/0/0": b""},
        {path: data for path, data in world.folder.items() if path != "events/0/0"},
    ):
        verdict = world.ask(world["reinstated"].text, folder, as_of=end_of_day(BETWEEN_EVENTS, world.now))
        assert told(verdict) == CANNOT_SAY
        assert {"check.status_evidence_rejected", "check.status_evidence_absent"} & findings(verdict).keys()


def test_a_status_proof_of_another_place_is_rejected(world: World) -> None:
    """The token names the log entry that holds its content: a reader can rely on that number."""
    status = opened_status(world, world.folder)
    token = sign_status_list(
        status.array,
        list_no=0,
        version=status.version,
        events_root=status.events_root,
        log_index=status.entry_index - 1,
        subject_url=status.subject,
        now=status.iat,
        signer=world.signer("status"),
    )
    verdict = world.ask(world["valid"].text, {**world.folder, "status/0": token.encode()})
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.status_evidence_rejected"] == "unknown"
