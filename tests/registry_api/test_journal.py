"""T27: what was acknowledged stands in the journal exactly once, in the transaction of what it tells of."""

import threading

import pytest

from keys.algorithms import Algorithm
from keys.b64 import b64u
from registry.api import journal
from registry.api.clients import ClientList
from registry.api.introduction import vouch
from registry.api.journal import Line
from registry.api.refusals import ClientExists, ClientUnknown, JournalBroken
from registry.audit import audit
from registry.refusals import KeyTaken, KeyUnfit
from tests.registry_api.api_house import ApiHouse, caller, sent
from tests.registry_rim.rim_house import BODY, signer, submission
from web.database import reading

pytestmark = pytest.mark.network  # PostgreSQL


def rows(house: ApiHouse) -> list[Line]:
    with reading(house.engine) as connection:
        return list(journal.lines(connection))


def test_at_full_speed_rows_are_what_was_acknowledged(any_house: ApiHouse) -> None:
    """Six threads of two clients issue at once, each asking twice; some requests are refused."""
    app = any_house.app()
    acknowledged: list[tuple[str, str, str, str]] = []
    refused: list[int] = []
    lock = threading.Lock()

    def issue(thread: int) -> None:
        name, body_key = ("client", "body") if thread % 2 else ("other-client", "other")
        who, kid = caller(any_house, app, name), signer(name).public_key.kid
        for number in range(8):
            batch = f"batch-{thread}-{number}"
            reserved = who.ask("PUT", f"/api/v1/batches/{batch}/reservation", {"count": 2}).json["runs"][0]
            pair = [submission(signer(body_key), reserved["list"], reserved["first"] + at) for at in range(2)]
            asked = {"submissions": [sent(each) for each in pair]}
            answers = [who.ask("PUT", f"/api/v1/batches/{batch}/entries", asked) for _ in range(2)]
            assert answers[0].json == answers[1].json
            wrong = who.ask("PUT", f"/api/v1/batches/wrong-{batch}/entries", asked)
            with lock:
                refused.append(wrong.status_code)
                place = answers[0].json
                acknowledged.append((kid, "reserve", batch, f"{reserved['list']}/{reserved['first']}+2"))
                acknowledged.append((kid, "append", batch, f"log {place['first_index']}+2"))

    threads = [threading.Thread(target=issue, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [
        (line.actor, line.act, line.subject, line.result)
        for line in rows(any_house)
        if line.act in {"reserve", "append"}
    ]
    assert len(acknowledged) == 6 * 8 * 2
    assert sorted(told) == sorted(acknowledged)
    assert refused == [409] * 48
    assert [line.act for line in rows(any_house)].count("token") == 6


def test_no_row_without_the_deed_and_no_deed_without_the_row(
    any_house: ApiHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = caller(any_house, any_house.app())
    before, size = rows(any_house), any_house.recorder.head().size

    def torn(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(journal, "note", torn)
    assert who.ask("PUT", "/api/v1/batches/a/reservation", {"count": 1}).status_code == 503
    monkeypatch.undo()
    assert (rows(any_house), any_house.recorder.head().size) == (before, size)
    assert who.ask("PUT", "/api/v1/batches/a/reservation", {"count": 1}).json["runs"][0]["first"] == 0
    assert [line.act for line in rows(any_house)[len(before) :]] == ["reserve"]


@pytest.mark.parametrize(
    "crime",
    [
        "UPDATE api_journal SET result = 'log 9+9' WHERE seq = 2",
        "UPDATE api_journal SET actor = 'operator' WHERE seq = 3",
        "DELETE FROM api_journal WHERE seq = 2",
        "UPDATE api_journal SET at = at + 1 WHERE seq = 1",
    ],
)
def test_a_changed_or_missing_row_shows(any_house: ApiHouse, crime: str) -> None:
    who = caller(any_house, any_house.app())
    for number in range(3):
        who.ask("PUT", f"/api/v1/batches/a{number}/reservation", {"count": 1})
    assert len(rows(any_house)) >= 5
    any_house.engine.dispose()
    any_house.sql(crime)
    with pytest.raises(JournalBroken):
        rows(any_house)


def test_the_operators_deeds_are_told_too(any_house: ApiHouse) -> None:
    clients: ClientList = any_house.clients
    added = any_house.list_client("new", BODY, ("status",))
    with pytest.raises(ClientExists):
        any_house.list_client("new", BODY)
    clients.disable(added.client_id)
    clients.disable(added.client_id)
    with pytest.raises(ClientUnknown):
        clients.disable("nobody")
    mine = [(line.act, line.result) for line in rows(any_house) if line.subject == added.client_id]
    assert mine == [("client", "status"), ("disable", "disabled")]
    assert {line.actor for line in rows(any_house)} == {"operator"}


@pytest.mark.parametrize(
    ("crime", "code"),
    [
        (None, None),
        ("UPDATE api_journal SET result = 'log 1+1' WHERE seq = 4", "audit.journal_row"),
        ("DELETE FROM api_journal WHERE seq = (SELECT max(seq) FROM api_journal)", "audit.journal_differs"),
        ("DELETE FROM api_journal", "audit.journal_differs"),
        ("UPDATE append_batch SET batch = 'elsewhere-' || batch WHERE batch LIKE 'api:%'", "audit.journal_differs"),
    ],
)
def test_the_audit_holds_the_journal_against_what_was_logged(
    house: ApiHouse, crime: str | None, code: str | None
) -> None:
    who = caller(house, house.app())
    for batch in ("one", "two"):
        run = who.ask("PUT", f"/api/v1/batches/{batch}/reservation", {"count": 1}).json["runs"][0]
        asked = {"submissions": [sent(submission(signer("body"), run["list"], run["first"]))]}
        assert who.ask("PUT", f"/api/v1/batches/{batch}/entries", asked).status_code == 200
    house.engine.dispose()
    if crime:
        house.sql(crime)
    found = [finding.code for finding in audit(house.engine, house.roots())]
    assert (code in found) if code else found == []


def test_a_key_has_one_purpose(any_house: ApiHouse) -> None:
    """A key that seals certificates proves no client, and a client's key seals nothing."""
    with pytest.raises(KeyTaken):
        any_house.list_client("body", BODY)
    with pytest.raises(KeyUnfit):
        any_house.clients.add(BODY, signer("log", Algorithm.ED25519).public_key)
    who = caller(any_house, any_house.app())
    asked = {"succession": b64u(vouch(BODY, signer("client"), signer("body"), any_house.clock()))}
    assert who.ask("POST", "/api/v1/keys", asked).json["code"] == "registry.key_taken"
