"""`hallmark init`: a house stands whole, or nothing does and the next try may begin."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from hallmark.errors import HouseExists
from hallmark.founding import found
from tests.hallmark.command import Ran, run
from tests.hallmark.conftest import DATA, opened

BODIES, COMMITTEES = DATA / "bodies.csv", DATA / "committees.csv"


def init(
    home: Path, *more: object, host: str = "verify.example", bodies: Path = BODIES, committees: Path = COMMITTEES
) -> Ran:
    return run(home, "init", "--host", host, "--bodies", bodies, "--committees", committees, *more)


def changed(tmp_path: Path, file: Path, change: Callable[[str], str]) -> Path:
    spoiled = tmp_path / file.name
    spoiled.write_text(change(file.read_text("utf-8-sig")), "utf-8")
    return spoiled


def test_a_new_house_is_clean_and_its_secrets_are_its_owners(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "house"
    assert init(home).fine().out.count("https://verify.example/") == 1
    house = opened(home)
    assert house.audit() == []
    assert len(house.trust.bodies) == 4
    for file in [
        *(home / "keys").iterdir(),
        home / "house.id",
        home / "ledger.db",
        home / "registry.db",
        home / "watermark",
    ]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert not (home / "passphrase.demo").exists()
    assert [entry.name for entry in home.parent.iterdir()] == ["house"]


def test_a_test_house_brings_its_own_passphrase_and_marks_what_it_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HALLMARK_KEY_PASSPHRASE")
    assert init(tmp_path / "house", "--test").fine()
    house = opened(tmp_path / "house")
    assert stat.S_IMODE((tmp_path / "house" / "passphrase.demo").stat().st_mode) == 0o600
    assert house.trusted_roots().test
    assert house.settings.test
    assert run(tmp_path / "house", "keys", "list").fine()


@pytest.mark.parametrize("what", ["house", "file", "other files"])
def test_nothing_is_founded_over_anything(what: str, founded: Path, tmp_path: Path) -> None:
    home = tmp_path / "taken"
    if what == "house":
        home = founded
    elif what == "file":
        home.write_text("mine")
    else:
        home.mkdir()
        (home / "thesis.docx").write_text("mine")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    zh, _ = init(home).refused()
    assert "不是空的" in zh
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_without_a_passphrase_nothing_is_founded_and_the_next_try_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.delenv("HALLMARK_KEY_PASSPHRASE")
        assert "HALLMARK_KEY_PASSPHRASE" in init(tmp_path / "house").refused()[0]
    assert list(tmp_path.iterdir()) == []
    init(tmp_path / "house").fine()


def test_a_founding_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hallmark import founding

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(founding, "publish_trust", interrupted)
        assert init(tmp_path / "house").status == 130
    assert list(tmp_path.iterdir()) == []
    init(tmp_path / "house").fine()


@pytest.mark.parametrize("host", ["Verify.Example", "a b", "", "-x", "x" * 21, "verify.example/x", "例.example", "x\n"])
def test_a_host_that_a_code_cannot_carry_is_refused(host: str, tmp_path: Path) -> None:
    init(tmp_path / "house", host=host).refused()
    assert list(tmp_path.iterdir()) == []


_CODE = "11310000100000000F"


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (lambda text: text.replace(_CODE, "11310000100000000X"), 2),
        (lambda text: text.replace("11310000200000000T", _CODE), 3),
        (lambda text: text.replace("上海市浦东新区人力资源和社会保障局", "上海市人力资源和社会保障局"), 3),
        (lambda text: text.replace(",博士后\n", ",学位\n"), 5),
        (lambda text: text.replace("Shanghai Postdoctoral Affairs Office", " "), 5),
        (lambda text: text + "11310000100000000F\n", 6),
        (lambda text: text.replace("名称,", "名字,", 1), 1),
        (lambda text: "", 1),
    ],
    ids=["check digit", "code twice", "name twice", "unknown kind", "blank", "short row", "header", "empty"],
)
def test_a_wrong_file_of_bodies_names_its_row(change: Callable[[str], str], row: int, tmp_path: Path) -> None:
    spoiled = changed(tmp_path, BODIES, change)
    for sentence in init(tmp_path / "house", bodies=spoiled).refused():
        assert "bodies.csv" in sentence
        assert str(row) in sentence
    assert list(tmp_path.iterdir()) == [spoiled]


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (lambda text: text.replace("评审委员会,上海市人力资源和社会保障局", "评审委员会,某某局", 1), 2),
        (lambda text: text.replace("2024-07-01", "2024-13-01", 1), 2),
        (lambda text: text.replace("2027-06-30", "2023-06-30", 1), 2),
        (lambda text: text.replace("2027-06-30", "2027/6/30", 1), 2),
    ],
    ids=["unknown body", "no such day", "ends before it begins", "other form of day"],
)
def test_a_wrong_file_of_committees_names_its_row(change: Callable[[str], str], row: int, tmp_path: Path) -> None:
    spoiled = changed(tmp_path, COMMITTEES, change)
    for sentence in init(tmp_path / "house", committees=spoiled).refused():
        assert "committees.csv" in sentence
        assert str(row) in sentence
    assert list(tmp_path.iterdir()) == [spoiled]


@pytest.mark.parametrize("content", ["编号".encode("gb18030"), b'"unclosed\n', b"\x00" * 100, b"\xff" * 100], ids=repr)
def test_a_file_that_is_no_list_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bodies.csv").write_bytes(content)
    init(tmp_path / "house", bodies=tmp_path / "bodies.csv").refused()
    assert [file.name for file in tmp_path.iterdir()] == ["bodies.csv"]


def test_the_house_is_refused_before_its_lists_are_read(founded: Path, tmp_path: Path) -> None:
    with pytest.raises(HouseExists):
        found(founded, host="verify.example", test=False, bodies=tmp_path / "none", committees=tmp_path / "none")
