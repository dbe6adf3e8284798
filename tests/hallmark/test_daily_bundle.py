"""The publisher lays out an offline bundle, renews it every hour, and a bundle that cannot be made holds nothing up."""

from pathlib import Path

import pytest

from hallmark.bundling import EVERY
from hallmark.house import House
from hallmark.publishing import Published, publish_if_due
from keys.rotation import Purpose
from registry.bundle import open_bundle
from registry.paths import BUNDLE
from tests.drill.drill_house import Clock, found_house

FOUNDED = 1_795_000_000


def test_it_is_signed_whole_and_an_hour_old_at_most(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock(FOUNDED)
    house = found_house(tmp_path / "house", clock)
    made: list[int] = []
    last: Published | None = None
    for _ in range(3):
        last = publish_if_due(house, last, 60)
        with open_bundle(house.settings.public / BUNDLE) as bundle:
            made.append(bundle.trust(house.trusted_roots().key_set(Purpose.BUNDLE), clock.now).made)
            assert bundle.read("checkpoint") is not None
            assert bundle.read("tile/entries/000.p/1") is None
            assert bundle.read(BUNDLE) is None
        clock.now += EVERY // 2 + 1
    assert made == [FOUNDED, FOUNDED, FOUNDED + 2 * (EVERY // 2 + 1)]
    for file in (house.settings.keys).glob("bundle.*"):  # as where the key is not at hand
        file.unlink()
    house.close()
    house = House(house.settings, clock)
    clock.now += EVERY
    assert publish_if_due(house, last, 60) == Published(house.recorder.head().size, clock.now)
    assert "bundle:" in capsys.readouterr().err
    house.registry_engine.dispose()
    house.ledger_engine.dispose()
