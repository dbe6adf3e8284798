"""Publishers hand over to others by the next roots: new versions need the new keys, old ones stay what they were."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from hallmark.demo.lists import shipped, with_specialty
from hallmark.founding import found
from hallmark.house import House
from hallmark.listmaking import draft_content, record, sign
from hallmark.settings import read_settings
from keys.algorithms import Algorithm
from keys.roots import KeySet, Roots, seal_roots
from keys.rotation import Purpose
from registry.audit import audit
from registry.errors import ListUnsigned, NotAPublisher
from registry.published.reading import PublishedLists, roots_until
from registry.receipt import Receipt
from tests.lists.conftest import DATA, FOUNDED, YEAR, Clock
from verifier.gather import FolderSource


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house whose catalogue's publishers have handed over to two others."""
    clock = Clock(FOUNDED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hallmark.founding.House", partial(House, clock=clock))
        found(
            tmp_path / "h",
            host="hallmark.example",
            test=True,
            bodies=DATA / "bodies.csv",
            committees=DATA / "committees.csv",
        )
    house = House(read_settings(tmp_path / "h"), clock)
    house.recorder.publish_roots(_next_roots(house, house.trusted_roots()))
    house.publish()
    house.settings.roots_file.write_bytes((house.settings.public / "roots/2.json").read_bytes())
    return house


def _next_roots(house: House, roots: Roots) -> bytes:
    keys = [
        house.keystore.generate(f"catalogue-{n}", Purpose.CATALOGUE, Algorithm.ES256, opens_at=house.clock())
        for n in (3, 4)
    ]
    publishers = KeySet(tuple(each.public_key for each in keys), 2)
    newer = replace(roots, version=2, purposes={**roots.purposes, Purpose.CATALOGUE: publishers})
    return seal_roots(newer, [house.keystore.signer(f"custodian-{n}") for n in (1, 2)])


def test_old_versions_hold_and_new_ones_need_the_new_publishers(house: House) -> None:
    roots, now = house.trusted_roots(), house.clock()
    assert roots.version == 2
    lists = house.lists()
    content = with_specialty(shipped("catalogue"))
    draft = draft_content(lists.newest("catalogue"), "catalogue", content, now=now, effective=now, expires=now + YEAR)
    with pytest.raises(NotAPublisher):
        sign(draft, [house.keystore.signer("catalogue-1")], roots)
    with pytest.raises(ListUnsigned):
        record(house, sign(draft, [house.keystore.signer("catalogue-3")], roots))
    record(house, sign(draft, [house.keystore.signer(f"catalogue-{n}") for n in (3, 4)], roots))
    house.publish()
    first, second = house.lists().history("catalogue").editions
    assert not set(first.signers) & set(second.signers)
    assert (len(first.signers), len(second.signers)) == (2, 2)
    assert house.audit() == []
    assert audit(house.settings.public, roots) == []


def test_roots_that_do_not_lead_to_the_trusted_ones_vouch_for_nothing(house: House, tmp_path: Path) -> None:
    other = tmp_path / "other"
    found(other, host="hallmark.example", test=True, bodies=DATA / "bodies.csv", committees=DATA / "committees.csv")
    read = FolderSource(other / "public").read
    trusted = house.trusted_roots()
    assert roots_until(read, trusted) == (trusted,)
    with pytest.raises(ListUnsigned):
        PublishedLists(read, trusted).history("catalogue")


def test_a_folder_that_holds_back_a_newer_version_is_found_out(house: House) -> None:
    roots, now, public = house.trusted_roots(), house.clock(), house.settings.public
    content = with_specialty(shipped("catalogue"))
    draft = draft_content(
        house.lists().newest("catalogue"), "catalogue", content, now=now, effective=now, expires=now + YEAR
    )
    record(house, sign(draft, [house.keystore.signer(f"catalogue-{n}") for n in (3, 4)], roots))
    house.publish()
    current = public / "lists/catalogue.json"
    current.write_bytes((public / "lists/catalogue/1.json").read_bytes())
    found_out = audit(public, roots)
    assert [(each.code, each.params["path"]) for each in found_out] == [("audit.file_differs", "lists/catalogue.json")]
    for name in ("2.json", "2.tlog-proof"):
        (public / "lists/catalogue" / name).unlink()
    assert ("audit.file_missing", "lists/catalogue/2.json") in [
        (e.code, e.params.get("path")) for e in audit(public, roots)
    ]


def test_the_file_under_the_name_changes_on_the_day_and_its_proof_is_kept_fresh(house: House) -> None:
    """Nobody need do anything on the day itself but publish, as the server does every minute."""
    roots, now, lists = house.trusted_roots(), house.clock(), house.settings.public / "lists"
    content = with_specialty(shipped("catalogue"))
    newest, day = house.lists().newest("catalogue"), now + 864_000
    draft = draft_content(newest, "catalogue", content, now=now, effective=day, expires=now + YEAR)
    record(house, sign(draft, [house.keystore.signer(f"catalogue-{n}") for n in (3, 4)], roots))
    for moment, version in ((now, 1), (day - 1, 1), (day, 2)):
        house.clock.now = moment  # type: ignore[attr-defined]  # the fixture's own clock
        house.publish()
        assert (lists / "catalogue.json").read_bytes() == (lists / f"catalogue/{version}.json").read_bytes()
        proof = Receipt.from_text((lists / f"catalogue/{version}.tlog-proof").read_bytes())
        assert proof.checkpoint == (house.settings.public / "checkpoint").read_bytes()
        assert audit(house.settings.public, roots) == []
