"""The connection is cut at a COMMIT, the server killed in the middle of commits: asked again, everything stands once (T22)."""

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import make_url

from registry.audit import audit
from registry.refusals import StorageLost
from tests.registry_rim.rim_house import House, change, signer
from tests.soak.proxy import CUTS, Proxy, cutting
from tests.stores.kinds import Postgresql, rows
from tests.stores.server import Server, running
from web.database import writing

ROUNDS = int(os.environ.get("HALLMARK_CUTS", "2"))


def through(url: str, proxy: Proxy) -> str:
    """The same database behind the proxy."""
    base = make_url(url).difference_update_query(["host"]).set(host="127.0.0.1", port=proxy.port)
    return base.update_query_dict({"sslmode": "disable", "gssencmode": "disable"}).render_as_string(hide_password=False)


@pytest.mark.network
@pytest.mark.parametrize("cut", CUTS)
def test_a_connection_cut_at_a_commit_loses_nothing_and_doubles_nothing(
    cut: str, server: Server, tmp_path: Path
) -> None:
    direct = House(tmp_path, kind=Postgresql(server))
    direct.publish_roots()
    key = direct.enrol()
    with cutting(server.socket / ".s.PGSQL.5432") as proxy:
        house = House(tmp_path, url=through(str(direct.url), proxy))
        house.issue(1, key)  # the key is known from here on
        for number in range(ROUNDS):
            sealed = house.sealed(f"batch {number}", 3, key)
            size = direct.recorder.head().size
            proxy.at(cut, passing=0)
            with pytest.raises(StorageLost):
                house.recorder.append(f"batch {number}", sealed)
            with writing(direct.engine):  # whoever was cut off has let go
                pass
            came_through = direct.recorder.head().size > size
            assert came_through == (cut in {"after", "inside the answer"})
            appended = house.recorder.append(f"batch {number}", sealed)
            assert (appended.first_index, direct.recorder.head().size) == (size, size + 4)
            asked = change(key, sealed[0], "suspended", house.clock())
            proxy.at(cut, passing=1)
            with pytest.raises(StorageLost):
                house.recorder.change_status(asked, f"change {number}")
            assert house.recorder.change_status(asked, f"change {number}").indices == (size + 4,)
            assert direct.recorder.head().size == size + 6
        assert proxy.cuts == 2 * ROUNDS
        house.engine.dispose()
    assert rows(str(direct.url), "SELECT count(*) FROM slot") == [(3 * ROUNDS + 1,)]
    assert audit(direct.engine, direct.roots()) == []
    direct.engine.dispose()


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=[pytest.mark.slow, pytest.mark.timeout(600)])])
def test_a_server_killed_during_commits_loses_nothing_that_it_confirmed(kills: int, tmp_path: Path) -> None:
    chance = random.Random(seed := random.randrange(10**6))
    with running() as own:
        house = House(tmp_path, kind=Postgresql(own))
        house.publish_roots()
        house.enrol()
        asked: dict[str, tuple[list, object]] = {}
        stop = threading.Event()

        def issue(name: int) -> None:
            number = 0
            while not stop.is_set():
                batch = f"{name}-{number}"
                sealed = patiently(lambda batch=batch: house.sealed(batch, 2, signer("body")))
                answer = patiently(lambda batch=batch, sealed=sealed: house.recorder.append(batch, sealed))
                asked[batch] = (sealed, answer)
                number += 1

        def patiently(ask):
            deadline = time.monotonic() + 40
            while True:
                try:
                    return ask()
                except StorageLost:
                    assert time.monotonic() < deadline, "it never came back"
                    time.sleep(0.05)

        with ThreadPoolExecutor(3) as threads:
            issuing = [threads.submit(issue, name) for name in range(3)]
            try:
                for _ in range(kills):
                    time.sleep(chance.uniform(0.3, 0.8))
                    own.killed_and_started()
                time.sleep(0.3)
            finally:
                stop.set()
            for each in issuing:
                each.result(60)
        assert len(asked) > 5, f"seed {seed}"
        for batch, (sealed, answer) in asked.items():
            assert house.recorder.append(batch, sealed) == answer, f"seed {seed}"
        assert rows(str(house.url), "SELECT count(*) FROM slot") == [(2 * len(asked),)]
        assert audit(house.engine, house.roots()) == [], f"seed {seed}"
        house.engine.dispose()
