"""The audit names every defect by code and place: one changed bit in every kind of row and of file (T11, T24, T60)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry.audit import audit
from registry.cli import registry_group
from registry.entries import CredentialEntry, KeyEntry, ListEntry, StatusEntry, encode
from registry.log import Growth
from registry.replay import Finding, Replay
from tests.registry_rim.rim_house import BODY, House, signer
from tests.stores.kinds import rows
from web.messages import LANGUAGES, say


def codes(findings: list[Finding]) -> set[str]:
    return {finding.code.removeprefix("audit.") for finding in findings}


def test_an_honest_registry_is_clean_and_tells_how_far_it_is(full_house: House) -> None:
    told: list[tuple[int, int]] = []
    assert audit(full_house.engine, full_house.roots(), progress=lambda done, total: told.append((done, total))) == []
    size = full_house.recorder.head().size
    assert told[0] == (0, size)
    assert told[-1] == (size, size)
    full_house.publish()
    assert audit(full_house.public, full_house.roots()) == []


def test_an_empty_one_is_clean_too(house: House) -> None:
    assert audit(house.engine, house.roots()) == []


def test_everything_that_may_lawfully_happen_stays_clean(full_house: House) -> None:
    key = full_house.key
    full_house.recorder.erase_detail(next(iter(_status_entries(full_house))))
    full_house.recorder.enrol(BODY, signer("next").public_key, replaces=key.public_key.thumbprint)
    full_house.recorder.compromise(key.public_key.thumbprint, 100)
    full_house.issue(2, signer("next"))
    full_house.recorder.reserve("never used", 40)
    assert audit(full_house.engine, full_house.roots()) == []


def _status_entries(house: House) -> list[int]:
    return [row[0] for row in rows(house.url, "SELECT log_index FROM event ORDER BY log_index")]


# Rows ---------------------------------------------------------------------------------------------------------------

# Always another byte than the one that stood there: a hash holds any byte once in 256 times.
_FLIP = "CAST(substr({0}, 1, 20) || CASE substr({0}, 21, 1) WHEN x'5a' THEN x'a5' ELSE x'5a' END || substr({0}, 22) AS BLOB)"


def flip(table: str, column: str, where: str) -> str:
    return f"UPDATE {table} SET {column} = {_FLIP.format(column)} WHERE {where}"


ROWS = {
    "entry": (flip("entry", "body", "idx = 200"), {"leaf_differs", "root_differs"}, ("index", 200)),
    "entry, last": (flip("entry", "body", "idx = 305"), {"leaf_differs"}, ("index", 305)),
    "entry gone": ("DELETE FROM entry WHERE idx = 200", {"entry_missing"}, ("index", 200)),
    "entry beyond": ("INSERT INTO entry VALUES (100000, x'00')", {"entry_beyond_head"}, ("index", 100000)),
    "entry before": ("INSERT INTO entry VALUES (-1, x'00')", {"entry_beyond_head"}, ("index", -1)),
    "tile": (flip("tile", "body", "level = 0 AND n = 1"), {"leaf_differs"}, ("index", 256)),
    "tile above": (flip("tile", "body", "level = 1"), {"tile_differs"}, ("level", 1)),
    "tile gone": ("DELETE FROM tile WHERE level = 0 AND n = 0", {"tile_missing"}, ("n", 0)),
    "head note": (flip("head", "note", "one = 1"), {"checkpoint_invalid"}, None),
    "head root": (flip("head", "root", "one = 1"), {"head_row"}, None),
    "head time": ("UPDATE head SET t = t + 1", {"head_row"}, None),
    "head size": ("UPDATE head SET size = size - 1", {"head_row"}, None),
    "earlier checkpoint": (
        "UPDATE checkpoint SET note = (SELECT note FROM head) WHERE size = (SELECT min(size) FROM checkpoint)",
        {"root_differs"},
        ("size", 1),
    ),
    "earlier signature": (
        "UPDATE checkpoint SET note = CAST(substr(note, 1, 300) || 'AAAA' || substr(note, 305) AS BLOB) WHERE size = 1",
        {"checkpoint_invalid"},
        ("size", 1),
    ),
    "slot": ('UPDATE slot SET log_index = 100000 WHERE "index" = 9', {"slot_row"}, ("slot", 9)),
    "slot's key": ("UPDATE slot SET kid8 = x'0000000000000000' WHERE \"index\" = 9", {"slot_row"}, ("slot", 9)),
    "slot added": ("INSERT INTO slot VALUES (0, 5000, 100000, x'00')", {"slot_row"}, ("slot", 5000)),
    "slot gone": ('DELETE FROM slot WHERE "index" = 9', {"slot_rows_missing"}, None),
    "run gone": ("DELETE FROM slot_run WHERE batch = 'first'", {"slot_unreserved"}, ("slot", 0)),
    "runs overlap": ("INSERT INTO slot_run VALUES (0, 100, 50, 'x')", {"runs_overlap"}, ("slot", 120)),
    "status flipped": (
        'UPDATE status_list SET "array" = CAST(x\'01\' || substr("array", 2) AS BLOB)',
        {"array_differs"},
        ("slot", 0),
    ),
    "status version": ("UPDATE status_list SET version = version + 1", {"status_row"}, ("list", 0)),
    "status digest": (flip("status_list", "digest", "no = 0"), {"status_row"}, ("list", 0)),
    "status events": (flip("status_list", "events_root", "no = 0"), {"status_row"}, ("list", 0)),
    "status list gone": ("DELETE FROM status_list", {"status_row"}, ("list", 0)),
    "status list added": (
        'INSERT INTO status_list SELECT 9, version, used, "array", digest, events_root, log_index FROM status_list',
        {"status_row"},
        ("list", 9),
    ),
    "event salt": ("UPDATE event SET salt = x'00112233445566778899aabbccddeeff'", {"event_detail"}, ("index", 308)),
    "event detail": (flip("event", "detail", "log_index = 308"), {"event_detail"}, ("index", 308)),
    "event gone": ("DELETE FROM event WHERE log_index = 308", {"event_missing"}, ("index", 308)),
    "event forgotten in silence": (
        "UPDATE event SET salt = NULL, detail = NULL WHERE log_index = 308",
        {"events_root"},
        ("list", 0),
    ),
    "event elsewhere": ('UPDATE event SET "index" = 8000 WHERE log_index = 308', {"event_differs"}, ("index", 308)),
    "event file": (flip("event_file", "leaf_hash", "list = 0"), {"events_root"}, ("list", 0)),
    "key's owner": ("UPDATE issuer_key SET body_code = 'X'", {"key_row"}, None),
    "key's state": ("UPDATE issuer_key SET state = 'retired'", {"key_row"}, None),
    "key's place": ("UPDATE issuer_key SET opened = 5", {"key_row"}, None),
    "key's bytes": ("UPDATE issuer_key SET jwk = x'7b7d'", {"key_row"}, None),
    "key gone": ("DELETE FROM issuer_key", {"key_row_missing"}, None),
    "key added": (
        "INSERT INTO issuer_key SELECT x'01', x'02', body_code, jwk, state, 5, NULL, NULL FROM issuer_key",
        {"key_row"},
        None,
    ),
    "batch gone": ("DELETE FROM append_batch WHERE batch = 'first'", {"batch_rows"}, ("table", "append_batch")),
    "batch beyond": ("UPDATE append_batch SET size = 100000 WHERE batch = 'first'", {"batch_row"}, ("batch", "first")),
    "change batch": ("UPDATE change_batch SET count = 2", {"batch_rows"}, ("table", "change_batch")),
    "list": ("UPDATE published SET data = x'7b7d' WHERE name = 'catalogue'", {"list_invalid"}, ("name", "catalogue")),
    "list's place": (
        "UPDATE published SET log_index = 7 WHERE name = 'catalogue'",
        {"list_not_logged"},
        ("name", "catalogue"),
    ),
    "list renamed": (
        "UPDATE published SET version = 2 WHERE name = 'catalogue'",
        {"list_missing", "list_not_logged"},
        ("version", 2),
    ),
    "roots": ("UPDATE published SET data = x'7b7d' WHERE name = 'roots'", {"list_invalid"}, ("name", "roots")),
    "shard": ("UPDATE trust_shard SET body = x'7b7d' WHERE first_byte = 7", {"shard_differs"}, ("shard", "07")),
    "text for bytes": ("UPDATE entry SET body = 'text' WHERE idx = 9", {"row_type"}, ("table", "entry")),
}


@pytest.mark.parametrize("defect", ROWS)
def test_a_changed_row_is_named(full_house: House, defect: str) -> None:
    if defect == "text for bytes" and full_house.kind.name != "sqlite":
        pytest.skip("only SQLite stores a text where bytes belong; PostgreSQL's columns have a type")
    statement, expected, place = ROWS[defect]
    full_house.sql(statement)
    findings = audit(full_house.engine, full_house.roots())
    assert expected <= codes(findings), findings
    if place is not None:
        name, value = place
        assert any(finding.params.get(name) == value for finding in findings if finding.code[6:] in expected), findings


def test_every_table_is_in_the_table_above() -> None:
    from registry.tables import METADATA

    statements = " ".join(statement for statement, *_ in ROWS.values())
    told_by_the_log = [table.name for table in METADATA.sorted_tables if not table.name.startswith("api_")]
    assert [name for name in told_by_the_log if name not in statements] == []


# Files --------------------------------------------------------------------------------------------------------------

FILES = {
    "checkpoint": {"checkpoint_invalid", "checkpoint_missing", "root_differs", "checkpoint_uncosigned"},
    "tile/0/000": {"leaf_differs"},
    "tile/0/001.p/54": {"leaf_differs"},
    "tile/1/000.p/1": {"tile_differs"},
    "tile/entries/000": {"leaf_differs", "entry_missing", "entry_unreadable"},
    "tile/entries/001.p/54": {"leaf_differs", "entry_missing", "entry_unreadable"},
    "status/0": {"file_differs"},
    "status/0.tlog-proof": {"file_differs"},
    "bitstring/0/revocation": {"file_differs"},
    "bitstring/0/suspension": {"file_differs"},
    "events/0/0": {"events_root", "file_differs"},
    "events/0/leaves": {"events_root"},
    "hints/0/0": {"file_differs"},
    "roots/1.json": {"list_invalid", "list_not_logged"},
    "lists/trust/1.json": {"list_invalid", "list_not_logged", "file_differs"},
    "lists/trust.json": {"file_differs"},
    "lists/catalogue/1.json": {"list_invalid", "list_not_logged", "file_differs"},
    "lists/catalogue.json": {"file_differs"},
    "lists/trust/1.tlog-proof": {"file_differs"},
    "lists/catalogue/1.tlog-proof": {"file_differs"},
}


@pytest.fixture(scope="module")
def published(furnished: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = furnished.copied_to(tmp_path_factory.mktemp("published"))
    house.publish()
    yield house
    house.engine.dispose()


def test_every_file_is_in_the_table_above(published: House) -> None:
    paths = {file.relative_to(published.public).as_posix() for file in published.public.rglob("*") if file.is_file()}
    beside = {path for path in paths if path.startswith((".publishing", "lists/trust/1/", "events/0/"))}
    assert paths - beside == FILES.keys() - {
        "events/0/0",
        "events/0/leaves",
    }


@pytest.mark.parametrize("path", [*FILES, "lists/trust/1/07.json"])
def test_one_flipped_bit_in_a_file_is_named(published: House, path: str) -> None:
    file = published.public / path
    content = file.read_bytes()
    spoiled = bytearray(content)
    spoiled[len(spoiled) // 2] ^= 1
    try:
        file.write_bytes(spoiled)
        found = audit(published.public, published.roots())
        assert codes(found) & FILES.get(path, {"shard_differs"}), found
        file.unlink()
        assert audit(published.public, published.roots()), "a missing file went unseen"
    finally:
        file.write_bytes(content)


def test_a_list_nobody_logged_is_surplus(published: House) -> None:
    surplus = published.public / "status/77"
    surplus.write_bytes((published.public / "status/0").read_bytes())
    try:
        assert codes(audit(published.public, published.roots())) == {"file_unexpected"}
    finally:
        surplus.unlink()


def test_a_folder_without_a_log_is_no_clean_folder(tmp_path: Path, house: House) -> None:
    assert codes(audit(tmp_path, house.roots())) == {"checkpoint_missing"}


# Entries that a dishonest registry would sign ------------------------------------------------------------------------

KEY = signer("body").public_key
ENROL = KeyEntry(10, "enrol", BODY, KEY.thumbprint, None)


def credential(index: int, t: int = 10) -> CredentialEntry:
    return CredentialEntry(t, KEY.kid8, 0, index, os.urandom(32), os.urandom(32))


def test_the_replay_names_what_no_honest_registry_would_log() -> None:
    stories = {
        "time_backwards": [ENROL, credential(0, t=9)],
        "key_not_open": [credential(0)],
        "slot_twice": [ENROL, credential(0), credential(0)],
        "key_twice": [ENROL, ENROL],
        "key_order": [KeyEntry(10, "retire", BODY, KEY.thumbprint, None)],
        "status_unissued": [StatusEntry(10, 0, 0, 0, 1, 10, bytes(32))],
        "status_old_differs": [ENROL, credential(0), StatusEntry(10, 0, 0, 2, 0, 10, bytes(32))],
        "status_transition": [ENROL, credential(0), StatusEntry(10, 0, 0, 1, 0, 10, bytes(32))],
        "list_digest": [ListEntry(10, "status/0", 1, bytes(32), bytes(32))],
        "list_version": [ListEntry(10, "catalogue", 2, bytes(32), b"")],
        "list_name": [ListEntry(10, "status/x", 1, bytes(32), bytes(32))],
    }
    for code, entries in stories.items():
        replay = Replay()
        for entry in entries:
            replay.feed(encode(entry))
        assert code in codes(replay.findings), code
    replay = Replay()
    replay.feed(b"nonsense")
    assert codes(replay.findings) == {"entry_unreadable"}


def test_a_key_closed_in_between_seals_nothing_after() -> None:
    replay = Replay()
    for entry in (ENROL, credential(0), KeyEntry(10, "retire", BODY, KEY.thumbprint, None), credential(1)):
        replay.feed(encode(entry))
    assert [(finding.code, finding.params["index"]) for finding in replay.findings] == [("audit.key_not_open", 3)]


def test_a_registry_that_signs_what_it_must_not_is_caught(full_house: House) -> None:
    """The log's own keys sign an entry that nobody asked for: the audit finds the entry without a slot, batch and key."""
    with full_house.log.growing() as growth:
        assert isinstance(growth, Growth)
        growth.add(CredentialEntry(growth.t, b"12345678", 0, 9000, bytes(32), bytes(32)))
    found = codes(audit(full_house.engine, full_house.roots()))
    assert {"key_not_open", "slot_rows_missing", "slot_unreserved", "batch_rows", "array_differs"} <= found


# On the command line ------------------------------------------------------------------------------------------------


class Desk:
    def __init__(self, house: House) -> None:
        self.recorder, self.registry_engine, self._house = house.recorder, house.engine, house

    def trusted_roots(self, _file: Path | None = None):
        return self._house.roots()


def test_the_command_line_speaks_both_languages_and_tells_by_its_exit_status(full_house: House) -> None:
    runner, desk = CliRunner(), Desk(full_house)
    clean = runner.invoke(registry_group, ["audit"], obj=desk)
    assert (clean.exit_code, clean.output) == (0, "")
    full_house.sql("UPDATE entry SET body = x'00' WHERE idx = 200")
    found = runner.invoke(registry_group, ["audit"], obj=desk)
    assert found.exit_code == 1
    assert "[audit.leaf_differs] 第 200 条的内容与其哈希不符" in found.output
    assert "Entry 200 does not match its hash" in found.output
    assert runner.invoke(registry_group, ["audit", "--json"], obj=desk).output.startswith('[{"code": "audit.')


def test_the_other_commands(full_house: House, tmp_path: Path) -> None:
    import json

    from keys.jwk import to_jwk

    runner, desk = CliRunner(), Desk(full_house)

    def run(*arguments: str, status: int = 0) -> str:
        done = runner.invoke(registry_group, arguments, obj=desk, catch_exceptions=False)
        assert done.exit_code == status, done.output
        return done.output

    new = signer("from a file").public_key
    (tmp_path / "new.jwk").write_text(json.dumps(to_jwk(new)))
    old = full_house.key.public_key
    assert run("head").startswith(f"{full_house.recorder.head().size} ")
    assert run("head", "--note").startswith("log.hallmark.example/2026\n")
    opened = run("enrol", BODY, str(tmp_path / "new.jwk"), "--replaces", old.kid)
    keys = [json.loads(line) for line in run("keys").splitlines()]
    assert [(key["kid"], key["state"]) for key in keys] == [(old.kid, "retired"), (new.kid, "active")]
    assert keys[1]["opened"] == int(opened)
    run("compromise", old.kid, "--lost-at", "1", "--yes")
    run("retire", new.kid)
    run("erase", str(_status_entries(full_house)[0]), "--yes")
    assert audit(full_house.engine, full_house.roots()) == []
    assert "UsageError" not in run("record-list", str(tmp_path / "new.jwk"), "--version", "1", status=2)


# Words --------------------------------------------------------------------------------------------------------------


def test_every_code_of_the_rim_has_its_sentence() -> None:
    import re

    from registry import refusals
    from registry.errors import RegistryError
    from registry.monitor import refusals as monitors
    from registry.witnesses import refusals as witnesses

    source = "".join(file.read_text("utf-8") for file in Path(refusals.__file__).parent.glob("*.py"))
    told = {f"audit.{code}" for code in re.findall(r'find\(\s*"([a-z_]+)"', source)}
    known = [cls for module in (refusals, monitors, witnesses) for cls in vars(module).values()]
    told |= {cls.code for cls in known if isinstance(cls, type) and issubclass(cls, RegistryError)}
    for code in told - {"registry.error", witnesses.WitnessAbsent.code}:  # bases that nothing raises
        for lang in LANGUAGES:
            assert say(code, lang)
