"""What the log refuses to sign: bytes that changed on their way to the disk, an old backup, somebody else's head."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.roots import KeySet
from registry import tiles
from registry.errors import CheckpointUnsigned
from registry.log import Log
from registry.merkle import EMPTY_ROOT, leaf_hash, root_of
from registry.proving import RangeProver
from registry.recompute import Frontier, frontier_of, recheck
from registry.recorder import Recorder
from registry.refusals import NotFounded, OlderThanWitnessed, OtherLog, StorageConflict, StoredBytesDiffer
from registry.watermark import Watermark
from tests.registry_rim.rim_house import House, new_log, signer
from tests.stores.kinds import execute
from web.database import open_engine

# The second way to a root -------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(old=st.integers(0, 1500), more=st.integers(1, 700))
def test_both_ways_lead_to_one_root(old: int, more: int) -> None:
    bodies = [b"entry %d" % at for at in range(old + more)]
    grown = tiles.grow(0, {}, [leaf_hash(body) for body in bodies])
    before = Frontier()
    for body in bodies[:old]:
        before.push(body)

    def tile(level: int, n: int) -> bytes:
        return grown.tiles.get((level, n), b"")

    assert frontier_of(old, tile).root() == before.root() == root_of([leaf_hash(body) for body in bodies[:old]])
    assert recheck(old, before.root(), bodies[old:], tile) == grown.root


@settings(max_examples=40, deadline=None)
@given(size=st.integers(1, 1400), data=st.data())
def test_range_proofs_are_the_proofs_of_the_textbook(size: int, data: st.DataObject) -> None:
    grown = tiles.grow(0, {}, [leaf_hash(b"%d" % at) for at in range(size)])
    prover = RangeProver(size, lambda level, n, width: grown.tiles[level, n][: 32 * width])
    for index in data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=8)):
        assert prover.proof(index) == tiles.inclusion_proof(index, size, lambda level, n, _: grown.tiles[level, n])


@settings(max_examples=40, deadline=None)
@given(old=st.integers(0, 600), more=st.integers(1, 300), data=st.data())
def test_any_flipped_bit_in_a_right_edge_tile_is_met(old: int, more: int, data: st.DataObject) -> None:
    bodies = [b"entry %d" % at for at in range(old + more)]
    grown = tiles.grow(0, {}, [leaf_hash(body) for body in bodies])
    before = Frontier()
    for body in bodies[:old]:
        before.push(body)
    in_use = {place: tile for place, tile in grown.tiles.items() if place[1] >= old >> (8 * place[0] + 8)}
    place = data.draw(st.sampled_from(sorted(in_use)))
    bit = data.draw(st.integers(0, 8 * len(in_use[place]) - 1))
    spoiled = bytearray(in_use[place])
    spoiled[bit // 8] ^= 1 << bit % 8
    with pytest.raises(StoredBytesDiffer):
        recheck(
            old, before.root(), bodies[old:], lambda *at: bytes(spoiled) if at == place else grown.tiles.get(at, b"")
        )


# What goes wrong on the way to the disk, as a trigger: after the row in SQLite, on the row itself in PostgreSQL.
FAULTS = {
    "entry": (
        """CREATE TRIGGER flip AFTER INSERT ON entry BEGIN
           UPDATE entry SET body = CAST(substr(body, 1, 20) || x'00' || substr(body, 22) AS BLOB) WHERE idx = new.idx; END""",
        ("entry", "INSERT", "NEW.body = set_byte(NEW.body, 20, 0)"),
    ),
    "new tile": (
        """CREATE TRIGGER flip AFTER INSERT ON tile BEGIN
           UPDATE tile SET body = CAST(x'00' || substr(body, 2) AS BLOB) WHERE level = new.level AND n = new.n; END""",
        ("tile", "INSERT", "NEW.body = set_byte(NEW.body, 0, 0)"),
    ),
    "grown tile": (
        """CREATE TRIGGER flip AFTER UPDATE OF body ON tile WHEN substr(new.body, 1, 1) <> x'00' BEGIN
           UPDATE tile SET body = CAST(x'00' || substr(body, 2) AS BLOB) WHERE level = new.level AND n = new.n; END""",
        ("tile", "UPDATE", "NEW.body = set_byte(NEW.body, 0, 0)"),
    ),
    "lost entry": (
        "CREATE TRIGGER lose AFTER INSERT ON entry BEGIN DELETE FROM entry WHERE idx = new.idx; END",
        ("entry", "INSERT", "RETURN NULL"),
    ),
}
_IN_POSTGRESQL = (
    "CREATE FUNCTION flip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {2}; RETURN NEW; END $$",
    "CREATE TRIGGER flip BEFORE {1} ON {0} FOR EACH ROW EXECUTE FUNCTION flip()",
)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bit_that_flips_on_the_way_to_the_store_is_never_signed(full_house: House, fault: str) -> None:
    head = full_house.recorder.head()
    in_sqlite, in_postgresql = FAULTS[fault]
    if full_house.kind.name == "sqlite":
        execute(full_house.url, in_sqlite)
    else:
        for statement in _IN_POSTGRESQL:
            execute(full_house.url, statement.format(*in_postgresql))
    with pytest.raises(StoredBytesDiffer):
        full_house.issue(400, full_house.key)
    assert full_house.recorder.head() == head


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tile SET body = CAST(substr(body, 1, 40) || x'0102' || substr(body, 43) AS BLOB) WHERE level = 0 AND n = 1",
        "UPDATE head SET root = x'" + "11" * 32 + "'",
        "UPDATE head SET size = size - 1",
        "UPDATE head SET size = size + 1",
        "DELETE FROM tile WHERE level = 1",
    ],
)
def test_a_head_or_tile_changed_by_hand_is_not_built_upon(full_house: House, statement: str) -> None:
    full_house.sql(statement)
    with pytest.raises((StoredBytesDiffer, OlderThanWitnessed)):
        full_house.issue(1, full_house.key)


def test_a_row_put_where_the_next_entry_belongs_stops_the_log(full_house: House) -> None:
    full_house.sql("INSERT INTO entry VALUES (?, ?)", full_house.recorder.head().size, b"forged")
    with pytest.raises(StorageConflict):
        full_house.issue(1, full_house.key)


# Backups and other people's databases -------------------------------------------------------------------------------


def copy_database(house: House, name: str) -> str:
    """A backup from one moment."""
    return house.kind.copy(house.url, house.folder, name)


def test_an_older_backup_refuses_to_sign_and_still_answers(full_house: House) -> None:
    backup = copy_database(full_house, "old.db")
    waiting = full_house.sealed("waiting", 2, full_house.key)
    full_house.issue(3, full_house.key)
    engine = open_engine(backup)
    recorder = Recorder(new_log(full_house.folder, engine, full_house.clock))
    for attempt in (
        lambda: recorder.append("waiting", waiting),
        lambda: recorder.reserve("new", 1),  # or two batches would get the same slots
        lambda: recorder.enrol("X", signer("new").public_key),
        lambda: recorder.erase_detail(1),
    ):
        with pytest.raises(OlderThanWitnessed) as refused:
            attempt()
        assert refused.value.code == "registry.older_than_witnessed"
    assert recorder.head().size < full_house.recorder.head().size
    assert len(recorder.prove(0, 5, recorder.head().size)) == 5
    engine.dispose()


def test_a_backup_that_went_its_own_way_is_a_fork_and_refused(full_house: House) -> None:
    backup = copy_database(full_house, "old.db")
    full_house.issue(3, full_house.key)
    engine = open_engine(backup)
    elsewhere = full_house.folder / "elsewhere"
    elsewhere.mkdir()
    other = Recorder(new_log(elsewhere, engine, full_house.clock))  # a machine that does not know the mark
    for at in range(6):
        other.enrol(f"B{at}", signer(f"fork {at}").public_key)
    assert other.head().size > full_house.recorder.head().size
    here = Recorder(new_log(full_house.folder, engine, full_house.clock))
    with pytest.raises(OlderThanWitnessed):
        here.reserve("new", 1)
    engine.dispose()


def test_a_mark_behind_the_head_is_what_a_kill_leaves_and_no_harm(full_house: House) -> None:
    mark = full_house.folder / "watermark"
    before = mark.read_bytes()
    full_house.issue(2, full_house.key)
    mark.write_bytes(before)
    full_house.issue(2, full_house.key)
    head = full_house.recorder.head()
    assert Watermark(mark).read() == (head.size, head.root)


def test_a_head_above_the_mark_must_carry_our_signature(full_house: House) -> None:
    """An insider with SQL appends an entry, tiles and a head that fit each other, with a note he cannot sign."""
    head = full_house.recorder.head()
    folder = full_house.folder / "forger"
    folder.mkdir()
    forger = Log(
        full_house.engine,
        origin=full_house.log.origin,
        ed25519=signer("thief", full_house.log.identity.ed25519.algorithm),
        ml_dsa_44=signer("thief", full_house.log.identity.ml_dsa_44.algorithm),
        clock=full_house.clock,
        watermark=Watermark(folder / "watermark"),
    )
    Recorder(forger, operators=KeySet((signer("thief").public_key,), 1)).enrol("THIEF", signer("thief").public_key)
    assert full_house.recorder.head().size == head.size + 1
    with pytest.raises(CheckpointUnsigned):
        full_house.issue(1, full_house.key)
    assert full_house.recorder.head().size == head.size + 1


def test_a_torn_mark_leaves_the_one_before(tmp_path: Path) -> None:
    mark = Watermark(tmp_path / "mark")
    assert mark.read() is None
    for size in range(1, 6):
        mark.raise_to(size, bytes([size]) * 32)
        mark.raise_to(size - 1, bytes(32))
        assert mark.read() == (size, bytes([size]) * 32)
    content = bytearray((tmp_path / "mark").read_bytes())
    newest = content.index(b"5 05")
    content[newest + 4] ^= 1
    (tmp_path / "mark").write_bytes(content)
    assert mark.read() == (4, b"\x04" * 32)
    (tmp_path / "mark").write_bytes(b"nonsense")
    with pytest.raises(StoredBytesDiffer):
        mark.read()


def test_a_database_of_another_log_or_of_none_is_refused(tmp_path: Path, house: House) -> None:
    (tmp_path / "x").mkdir()
    other = Log(
        house.engine,
        origin="log.other.example",
        ed25519=house.log.ed25519,
        ml_dsa_44=house.log.ml_dsa_44,
        clock=house.clock,
        watermark=Watermark(tmp_path / "x" / "mark"),
    )
    with pytest.raises(OtherLog):
        Recorder(other).reserve("a", 1)
    url = house.kind.fresh(tmp_path / "x")
    engine = open_engine(url)
    with pytest.raises(NotFounded):
        Recorder(new_log(tmp_path / "x", engine, house.clock)).reserve("a", 1)
    engine.dispose()


def test_an_empty_log_is_signed_too(house: House) -> None:
    head = house.log.found()
    assert (head.size, head.root) == (0, EMPTY_ROOT)
    assert house.log.found() == head
    house.log.require_signed(head)
