"""T24: one bit flipped in every column of every table, and in every published file: the audit finds each.

`make test` takes one row of each table, `make nightly` first, middle and last, and every file at three places.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from registry.audit import audit
from registry.tables import METADATA
from tests.faults.sample import sampled
from tests.registry_rim.rim_house import House

# What says nothing that the log commits to, and why that is no harm.
UNAUDITED = {
    ("checkpoint", "cosigned_at"): "when the cosignature came; the published note carries the witness's own time",
    ("slot_run", "batch"): "who asked for slots that nobody has used; slots in use are held against the log",
    ("append_batch", "batch"): "the caller's name for a request; where its answer stands is checked",
    ("append_batch", "digest"): "what was asked, so that the same id with other content is refused",
    ("change_batch", "batch"): "as append_batch",
    ("change_batch", "digest"): "as append_batch",
}
_KEY = {
    table.name: ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    for table in METADATA.sorted_tables
}


@pytest.fixture(scope="module")
def spoiled(made_once: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = made_once.copied_to(tmp_path_factory.mktemp("bits"))
    house.recorder.reserve("never used", 5)
    house.publish()
    yield house
    house.engine.dispose()


def flipped(value: object) -> object:
    """The value with one bit another."""
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, str):
        return value[:-1] + chr(ord(value[-1]) ^ 1) if value else "\1"
    if isinstance(value, bytes):
        at = len(value) // 2
        return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :] if value else b"\1"
    return 1


def places() -> list[tuple[str, str]]:
    return [(table.name, column.name) for table in METADATA.sorted_tables for column in table.columns]


def rows(house: House, table: str) -> list[dict[str, object]]:
    with closing(sqlite3.connect(house.folder / "registry.db")) as connection:
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute(f'SELECT * FROM "{table}" ORDER BY {_KEY[table]}')]
    return [found[at] for at in dict.fromkeys((len(found) // 2, 0, len(found) - 1))] if found else []


@pytest.mark.parametrize(("table", "column"), places(), ids=lambda each: each)
def test_a_flipped_bit_in_a_row_is_found(spoiled: House, table: str, column: str) -> None:
    found = sampled(rows(spoiled, table), 1, 0) if rows(spoiled, table) else []
    if not found:
        pytest.skip(f"{table} is empty in a registry that only issues and publishes")
    for row in found:
        value = row[column]
        key = [each.name for each in METADATA.tables[table].primary_key.columns]
        present = {name: row[name] for name in key}
        try:
            spoil(spoiled, table, present, column, flipped(value))
        except sqlite3.IntegrityError:
            continue  # the store itself does not take it: another row stands there
        try:
            findings = audit(spoiled.engine, spoiled.roots())
        finally:
            spoil(spoiled, table, {**present, **({column: flipped(value)} if column in key else {})}, column, value)
        assert findings or (table, column) in UNAUDITED, f"{table}.{column}: {value!r} → {flipped(value)!r} went unseen"
    assert audit(spoiled.engine, spoiled.roots()) == []


def spoil(house: House, table: str, key: dict[str, object], column: str, value: object) -> None:
    """Write one value where the primary key says, as an insider or a bad disk would."""
    where = " AND ".join(f'"{name}" IS ?' for name in key)
    with closing(sqlite3.connect(house.folder / "registry.db", timeout=10)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        done = connection.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE {where}', (value, *key.values()))
        assert done.rowcount == 1


def test_what_is_not_audited_is_a_column(spoiled: House) -> None:
    assert UNAUDITED.keys() <= set(places())


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_flipped_bit_in_any_file_is_found(spoiled: House) -> None:
    files = [file for file in spoiled.public.rglob("*") if file.is_file() and ".publishing" not in file.parts]
    unseen = []
    for file in sampled(sorted(files), 10**6, 0):
        content = file.read_bytes()
        for at in dict.fromkeys((0, len(content) // 2, len(content) - 1)) if content else ():
            file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            if not audit(spoiled.public, spoiled.roots()):
                unseen.append((file.relative_to(spoiled.public).as_posix(), at))
        file.write_bytes(content)
    assert unseen == []
    assert audit(spoiled.public, spoiled.roots()) == []
