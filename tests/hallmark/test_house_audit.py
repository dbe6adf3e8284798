"""`hallmark audit`: what an insider with SQL does to the ledger or the registry is named, and changes no answer (T27, T60)."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from credentials.envelope import seal
from credentials.qrtext import to_text
from hallmark.demo.forgeries import standard_sample
from hallmark.house import House
from issuers.changes import Order
from issuers.records import SealedCertificate
from issuers.reopened import submission_of
from tests.hallmark.command import has_han, run
from tests.hallmark.conftest import numbers_of, opened


def sql(file: Path, statement: str, *values: object) -> None:
    """What somebody with the file can do: no transaction of ours, no questions."""
    with closing(sqlite3.connect(file, timeout=10)) as connection, connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        assert connection.execute(statement, values).rowcount != 0


def findings(home: Path) -> set[str]:
    return {finding.code for finding in opened(home).audit()}


def test_a_sound_house_is_clean_after_every_kind_of_change(issued: Path) -> None:
    numbers = numbers_of(issued)
    for number, command in zip(numbers, ("revoke", "rescind", "cancel", "transfer", "suspend"), strict=False):
        run(issued, command, number).fine()
    ran = run(issued, "audit").fine()
    assert ran.out == "发现 findings: 0\n"
    run(issued, "registry", "audit").fine()
    run(issued, "registry", "audit", "--folder", issued / "public").fine()


LEDGER = {
    "a state turned back": (
        "UPDATE certificate SET state = 'released' WHERE number = :revoked",
        "ledger_status_differs",
    ),
    "a state turned": ("UPDATE certificate SET state = 'revoked' WHERE number = :first", "ledger_status_differs"),
    "a state unheard of": ("UPDATE certificate SET state = 'valid' WHERE number = :first", "ledger_row_state"),
    "an audit row removed": ("DELETE FROM audit WHERE subject = :first AND act = 'release'", "ledger_audit_rows"),
    "an audit row doubled": (
        "INSERT INTO audit (at, actor, act, subject) SELECT 0, 'x', 'release', number FROM certificate WHERE number = :first",
        "ledger_audit_rows",
    ),
    "another entry": ("UPDATE certificate SET log_index = 100000 WHERE number = :first", "ledger_entry_missing"),
    "an entry of another kind": ("UPDATE certificate SET log_index = 0 WHERE number = :first", "ledger_entry_differs"),
    "another slot": ('UPDATE certificate SET "index" = 5000 WHERE number = :first', "ledger_entry_differs"),
    "a row removed": ("DELETE FROM certificate WHERE number = :first", "ledger_entry_unknown"),
    "two people exchanged": (
        "UPDATE certificate SET number = CASE number WHEN :first THEN 'X' || number ELSE number END WHERE number = :first",
        "ledger_entry_differs",
    ),
    "bytes altered": (
        "UPDATE personal SET sealed = zeroblob(length(sealed)) WHERE id = (SELECT id FROM certificate WHERE number = :first)",
        "ledger_unreadable",
    ),
    "a batch called sealed again": (
        "UPDATE batch SET state = 'sealed' WHERE id = (SELECT batch FROM certificate WHERE number = :first)",
        "ledger_row_state",
    ),
}


@pytest.mark.parametrize("what", LEDGER)
def test_what_is_done_to_the_ledger_is_named(what: str, issued: Path) -> None:
    first, revoked = numbers_of(issued)[:2]
    run(issued, "revoke", revoked).fine()
    statement, code = LEDGER[what]
    for name, number in (("first", first), ("revoked", revoked)):
        statement = statement.replace(f":{name}", f"'{number}'")
    sql(issued / "ledger.db", statement)
    assert f"audit.{code}" in findings(issued)
    ran = run(issued, "audit")
    assert ran.status == 1
    assert "Traceback" not in ran.err
    for line in ran.said:
        assert has_han(line)
        assert "{" not in line
    assert int(ran.out.rsplit(" ", 1)[1]) == len(ran.said) > 0


def test_a_slot_given_twice_is_named(issued: Path) -> None:
    """The table forbids it; whoever rebuilds the table can do it all the same."""
    first, second = numbers_of(issued)[:2]
    with closing(sqlite3.connect(issued / "ledger.db")) as ledger, ledger:
        columns = [row[1] for row in ledger.execute("PRAGMA table_info(certificate)")]
        quoted = ", ".join(f'"{column}"' for column in columns)
        ledger.execute("PRAGMA foreign_keys=OFF")
        ledger.execute(f"CREATE TABLE twin AS SELECT {quoted} FROM certificate")
        ledger.execute("DROP TABLE certificate")
        ledger.execute("ALTER TABLE twin RENAME TO certificate")
        ledger.execute(
            f"UPDATE certificate SET \"index\" = (SELECT \"index\" FROM certificate WHERE number = '{first}') WHERE number = '{second}'"
        )
    assert "audit.ledger_slot_twice" in findings(issued)


def test_erasing_a_person_is_no_contradiction(issued: Path) -> None:
    first = numbers_of(issued)[0]
    sql(issued / "ledger.db", f"DELETE FROM personal WHERE id = (SELECT id FROM certificate WHERE number = '{first}')")
    assert findings(issued) == set()
    run(issued, "render", first, "--to", issued / "out").refused()


def test_what_is_stored_and_not_released_is_no_contradiction(
    issued: Path, monkeypatch: pytest.MonkeyPatch, sheet: object
) -> None:
    from registry.recorder import Recorder

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "prove", lambda *_: (_ for _ in ()).throw(ConnectionResetError(104, "reset")))
        run(issued, "issue", sheet(slice(12, 15)), "--kind", "title").refused()  # type: ignore[operator]  # a fixture
    assert opened(issued).ledger.unreleased() != []
    assert findings(issued) == set()


# issued past the ledger --------------------------------------------------------------------------------------------


def forged(house: House, code: str) -> tuple[str, SealedCertificate]:
    """A certificate that an insider seals with the body's own key, in a slot that he reserved."""
    (slots,) = house.recorder.reserve("insider", 1)
    from dataclasses import replace

    from credentials.model import StatusRef

    credential = replace(
        standard_sample(house.clock(), issuer_code=code, random=os.urandom(16)),
        status=StatusRef(slots.list, slots.first),
    )
    sealed = seal(credential, house.signer_of(code), registry_url=house.settings.registry_url)
    stored = SealedCertificate(
        id=credential.id.bytes, number=credential.number, source_key=os.urandom(32), row=1, kind="title", body_code=code,
        issued_at=credential.issued_at, list=slots.list, index=slots.first, token=sealed.token, document=sealed.document,
        facts={},
    )  # fmt: skip
    return to_text(house.settings.host, sealed.token), stored


def test_a_row_in_the_database_makes_nothing_genuine(issued: Path) -> None:
    """T60: sealed with a stolen key and written into every table by SQL, but never logged."""
    house = opened(issued)
    code = next(iter(house.ledger.records())).body_code
    text, stored = forged(house, code)
    house.ledger.store_sealed("insider", "title", "insider.csv", [stored], house.clock())
    entry = house.log.head().size
    house.ledger.release("insider", entry, house.clock())
    kid8 = house.signer_of(code).public_key.kid8
    sql(
        issued / "registry.db",
        'INSERT INTO slot (list, "index", log_index, kid8) VALUES (?, ?, ?, ?)',
        stored.list,
        stored.index,
        entry,
        kid8,
    )
    assert run(issued, "verify", text).status in (1, 2)
    found = findings(issued)
    assert "audit.ledger_entry_missing" in found
    assert "audit.slot_row" in found or "audit.slot_rows_missing" in found
    run(issued, "publish")
    assert run(issued, "verify", text).status in (1, 2)


def test_what_is_issued_past_the_ledger_is_public_and_named_at_the_next_audit(issued: Path) -> None:
    """An insider with the body's key and the registry's door: nothing can stop him, nothing can hide it."""
    house = opened(issued)
    code = next(iter(house.ledger.records())).body_code
    _, stored = forged(house, code)
    house.recorder.append("insider", [submission_of(stored)])
    (finding,) = opened(issued).audit()
    assert finding.code == "audit.ledger_entry_unknown"
    assert finding.params["slot"] == stored.index


def test_a_flipped_status_is_named_and_never_signed(issued: Path) -> None:
    number = numbers_of(issued)[0]
    run(issued, "revoke", number).fine()
    house = opened(issued)
    text = to_text("verify.example", house.ledger.sealed_bytes(number)[0])
    record = house.ledger.record(number)
    with closing(sqlite3.connect(issued / "registry.db")) as registry, registry:
        (array,) = registry.execute("SELECT array FROM status_list WHERE no = ?", (record.list,)).fetchone()
        turned = bytearray(array)
        turned[record.index // 4] &= ~(3 << 2 * (record.index % 4))
        registry.execute("UPDATE status_list SET array = ? WHERE no = ?", (bytes(turned), record.list))
    sql(issued / "ledger.db", f"UPDATE certificate SET state = 'released' WHERE number = '{number}'")
    assert findings(issued) == {"audit.array_differs"}
    run(issued, "publish").refused()
    run(issued, "suspend", numbers_of(issued)[1]).refused()
    assert run(issued, "verify", text).status == 1


def test_an_audit_may_run_while_others_change(issued: Path) -> None:
    """A change that falls between the two looks is looked at again, not reported."""
    house, other = opened(issued), opened(issued)
    number = numbers_of(issued)[0]
    accounts = house.ledger.accounts

    def overtaken() -> object:
        snapshot = iter(list(accounts()))
        other.status_desk.change([number], Order("suspended", other.clock()))
        return snapshot

    object.__setattr__(house.ledger, "accounts", overtaken)
    assert house.audit() == []


def test_the_audit_tells_how_far_it_is(kept: Path) -> None:
    told: list[tuple[int, int]] = []
    assert opened(kept).audit(lambda done, total: told.append((done, total))) == []
    assert told[0][0] == 0
    assert any(done == total for done, total in told)
