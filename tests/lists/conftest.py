"""A house whose lists have changed over the years: what the pages about them are made from."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hallmark.founding import found, publish_draft
from hallmark.house import House
from hallmark.listmaking import draft_content, draft_trust
from hallmark.trust_files import read_listed
from registry.app import create_app
from registry.published.pages import ListPages

DATA = Path(str(resources.files("hallmark.demo").joinpath("data")))
LISTS = Path(__file__).parents[2] / "registry" / "data"
DAY, YEAR = 86_400, 365 * 86_400
FOUNDED = 1_782_878_400  # 2026-07-01 12:00 in China
HOSTILE = "=1+1<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


class Clock:
    """UNIX seconds that stand still until they are moved."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@dataclass
class Lists:
    """The house, its clock, and the app that shows its lists."""

    house: House
    clock: Clock
    app: Flask

    def client(self) -> FlaskClient:
        """A reader."""
        return self.app.test_client()


def content(name: str) -> dict[str, Any]:
    """The content of a list that is shipped."""
    read: dict[str, Any] = json.loads((LISTS / f"{name}.json").read_text("utf-8"))
    return read


def _publish(house: House, clock: Clock, name: str, said: dict[str, Any], effective: int) -> None:
    newest = house.lists().newest(name)
    publish_draft(house, draft_content(newest, name, said, now=clock(), effective=effective, expires=clock() + YEAR))
    house.publish()


def _catalogues(house: House, clock: Clock) -> None:
    """On 1 August a version for October, on 1 September one that reaches back to 15 July."""
    second = content("catalogue")
    engineering = next(row for row in second["series"] if row["code"] == "engineering")
    engineering["specialties"].append({"code": "engineering-09", "name": "脑机接口", "valid_from": "2026-10-01"})
    clock.now = FOUNDED + 31 * DAY
    _publish(house, clock, "catalogue", second, FOUNDED + 92 * DAY)
    third = content("catalogue")
    third["qualifications"][0]["authority"] = "住建部"
    clock.now = FOUNDED + 62 * DAY
    _publish(house, clock, "catalogue", third, FOUNDED + 14 * DAY)


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lists]:
    """Catalogue 1 to 3, trust 1 and 2 with a suspension, both recognition lists, and one full of hostile words."""
    clock, home = Clock(FOUNDED), tmp_path_factory.mktemp("lists") / "house"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hallmark.founding.House", partial(House, clock=clock))
        house = found(
            home, host="hallmark.example", test=True, bodies=DATA / "bodies.csv", committees=DATA / "committees.csv"
        )
    house.clock = clock
    _catalogues(house, clock)
    for name in ("recognition-cn-sh", "recognition-cn-sh-pd"):
        _publish(house, clock, name, content(name), clock())
    _publish(house, clock, "hostile", {"rows": [{"id": HOSTILE, HOSTILE: [HOSTILE]}], HOSTILE: HOSTILE}, clock())
    suspensions = home / "s.csv"
    suspensions.write_text(
        "发证机关,评审委员会,暂停起,暂停止,文号\n上海市职业能力考试院,,2026-08-01,,沪人社监〔2026〕1号\n", "utf-8"
    )
    listed = read_listed(DATA / "bodies.csv", DATA / "committees.csv", suspensions)
    draft = draft_trust(
        house.lists().newest("trust"), listed, house.recorder, now=clock(), effective=clock(), expires=clock() + YEAR
    )
    publish_draft(house, draft)
    clock.now += DAY
    house.publish()
    pages = ListPages(house.trusted_roots(), clock, test=True)
    yield Lists(house, clock, create_app(house.settings.public, hosts=("localhost",), lists=pages))
    house.registry_engine.dispose()
