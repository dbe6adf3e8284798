"""A house on PostgreSQL: founded, issuing, revoking, publishing, audited; databases by URL, never with a password."""

import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.hallmark.command import Ran, run
from tests.hallmark.conftest import DATA, opened, rows_of
from tests.stores.kinds import Postgresql, execute, rows
from tests.stores.server import Server


@pytest.fixture
def urls(server: Server, tmp_path: Path) -> list[str]:
    """Two empty databases: the registry's, the ledger's."""
    kind = Postgresql(server)
    return [kind.empty(tmp_path, "registry"), kind.empty(tmp_path, "ledger")]


def init(home: Path, registry: str, ledger: str) -> Ran:
    lists = ("--bodies", DATA / "bodies.csv", "--committees", DATA / "committees.csv")
    databases = ("--registry-database", registry, "--ledger-database", ledger)
    return run(home, "init", "--host", "verify.example", *lists, *databases)


def released(home: Path) -> list[str]:
    with closing(opened(home)) as house:
        return [record.number for record in house.ledger.records()]


def test_the_whole_job_is_done_on_postgresql(tmp_path: Path, urls: list[str]) -> None:
    home = tmp_path / "house"
    init(home, *urls).fine()
    assert not list(home.glob("*.db"))
    (tmp_path / "titles.csv").write_text(rows_of("titles.csv", slice(12)), "utf-8")
    assert "签发 12 份" in run(home, "issue", tmp_path / "titles.csv", "--kind", "title").fine().out
    assert "签发 0 份" in run(home, "issue", tmp_path / "titles.csv", "--kind", "title").fine().out
    numbers = released(home)
    run(home, "revoke", numbers[0]).fine()
    run(home, "suspend", numbers[1]).fine()
    run(home, "reinstate", numbers[1]).fine()
    run(home, "publish").fine()
    assert "findings: 0" in run(home, "audit").fine().out
    run(home, "registry", "audit", "--folder", home / "public").fine()
    told = run(home, "status").fine().out
    assert "revoked\t1\n" in told
    assert "reinstated\t1\n" in told
    assert rows(urls[0], "SELECT count(*) FROM slot") == [(12,)]
    assert rows(urls[1], "SELECT count(*) FROM audit WHERE act = 'release'") == [(12,)]


def test_many_who_release_one_batch_write_its_audit_rows_once(tmp_path: Path, urls: list[str]) -> None:
    home = tmp_path / "house"
    init(home, *urls).fine()
    (tmp_path / "titles.csv").write_text(rows_of("titles.csv", slice(12)), "utf-8")
    run(home, "issue", tmp_path / "titles.csv", "--kind", "title").fine()
    for statement in (
        "UPDATE batch SET state = 'sealed'",
        "UPDATE certificate SET state = 'sealed', log_index = NULL, released_at = NULL",
        "DELETE FROM audit",
    ):
        execute(urls[1], statement)
    with closing(opened(home)) as house, ThreadPoolExecutor(6) as threads:
        batches = house.ledger.unreleased()
        asked = [(batch, 100 * place) for place, batch in enumerate(batches) for _ in range(6)]
        assert list(threads.map(lambda each: house.ledger.release(*each, house.clock()), asked)) == [None] * len(asked)
        assert house.ledger.counts() == {"released": 12, "audit_release": 12}


def test_a_backup_names_the_tool_that_it_is_not(tmp_path: Path, urls: list[str]) -> None:
    home = tmp_path / "house"
    init(home, *urls).fine()
    for sentence in run(home, "backup", tmp_path / "backup.zip").refused():
        assert "pg_dump" in sentence
    assert not (tmp_path / "backup.zip").exists()


def test_no_house_is_founded_on_a_database_that_holds_anything(tmp_path: Path, urls: list[str]) -> None:
    init(tmp_path / "house", *urls).fine()
    before = rows(urls[0], "SELECT size, root FROM head")
    zh, en = init(tmp_path / "other", *urls).refused()
    assert "registry_database" in zh
    assert "not empty" in en
    assert not (tmp_path / "other").exists()
    assert rows(urls[0], "SELECT size, root FROM head") == before


def test_a_founding_that_breaks_off_leaves_the_databases_empty(
    tmp_path: Path, urls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hallmark import founding

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(founding, "publish_trust", interrupted)
        assert init(tmp_path / "house", *urls).status == 130
    init(tmp_path / "house", *urls).fine()


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("postgresql+psycopg://me:secret@db/registry", "pgpass"),
        ("postgresql+psycopg://db/registry?password=secret", "pgpass"),
        ("postgresql://db/registry", "psycopg"),
        ("mysql://db/registry", "psycopg"),
        ("sqlite:///registry.db", "absolute"),
        ("sqlite://", "absolute"),
        ("registry.db", "not a database URL"),
    ],
)
def test_a_url_that_cannot_stand_is_refused_and_no_password_is_shown(url: str, word: str, tmp_path: Path) -> None:
    ran = init(tmp_path / "house", url, f"sqlite:///{tmp_path / 'ledger.db'}")
    _, en = ran.refused()
    assert word in en
    assert "secret" not in ran.out + ran.err
    assert list(tmp_path.iterdir()) == []


def test_registry_and_ledger_want_a_database_each(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'one.db'}"
    assert "台账" in init(tmp_path / "house", url, url).refused()[0]


def test_a_sqlite_file_elsewhere_is_its_owners_and_made_only_when_all_is_well(tmp_path: Path) -> None:
    files = [tmp_path / "r.db", tmp_path / "l.db"]
    nothing = f"postgresql+psycopg://postgres@/postgres?host={tmp_path}"
    init(tmp_path / "house", f"sqlite:///{files[0]}", nothing)
    assert not files[0].exists()
    init(tmp_path / "house", *(f"sqlite:///{file}" for file in files)).fine()
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_server_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    nowhere = f"postgresql+psycopg://postgres@/postgres?host={tmp_path}"
    ran = init(tmp_path / "house", nowhere, f"sqlite:///{tmp_path / 'ledger.db'}")
    assert ran.status == 75
    assert ran.err.count("\n") == 2
