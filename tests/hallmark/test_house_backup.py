"""Backup and restore: a house comes back whole and issues on; an older one reads and never signs (T17)."""

import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from credentials.qrtext import to_text
from hallmark.backup import MANIFEST
from tests.hallmark.command import PASSPHRASE, run
from tests.hallmark.conftest import DATA, numbers_of, opened, rows_of

Sheets = Callable[..., Path]


def backed_up(home: Path) -> Path:
    file = home.with_name("house.backup")
    assert str(file) in run(home, "backup", file).fine().out
    return file


def restored(backup: Path, published: Path, to: Path) -> Path:
    run(to, "restore", backup, "--published", published).fine()
    return to


def text_of(home: Path, number: str) -> str:
    return to_text("verify.example", opened(home).ledger.sealed_bytes(number)[0])


def test_a_restored_house_verifies_issues_on_and_is_clean(issued: Path, tmp_path: Path, sheet: Sheets) -> None:
    backup = backed_up(issued)
    home = restored(backup, issued / "public", tmp_path / "again")
    assert numbers_of(home) == numbers_of(issued)
    assert run(home, "verify", text_of(home, numbers_of(home)[0])).status == 0
    assert "Issued 3; 12 had been issued before." in run(home, "issue", sheet(slice(15)), "--kind", "title").fine().out
    run(home, "revoke", numbers_of(home)[0]).fine()
    assert run(home, "verify", text_of(home, numbers_of(home)[0])).status == 1
    assert run(home, "render", numbers_of(home)[-1], "--to", tmp_path / "out").fine()
    assert opened(home).audit() == []


def test_an_older_backup_opens_and_reads_but_signs_nothing(issued: Path, tmp_path: Path, sheet: Sheets) -> None:
    """T17. Above all it signs no fresh status list over old statuses, by which what is revoked would come back."""
    number = numbers_of(issued)[0]
    text, backup = text_of(issued, number), backed_up(issued)
    run(issued, "revoke", number).fine()
    home = tmp_path / "old"
    ran = run(home, "restore", backup, "--published", issued / "public")
    assert str(home) in ran.out
    zh, en = ran.refused()
    assert "旧备份" in zh
    assert "old backup" in en
    assert run(home, "status", number).fine().out.split("\t")[2] == "released"  # it reads
    assert (
        run(home, "verify", text, "--registry", issued / "public").status == 1
    )  # and verifies, by what the world sees
    assert run(home, "verify", text).status == 2
    before = opened(home).log.head().size
    for signing in (
        ["publish"],
        ["bundle", tmp_path / "b"],
        ["issue", sheet(slice(12, 14)), "--kind", "title"],
        ["suspend", numbers_of(home)[1]],
        ["registry", "retire", opened(home).recorder.enrolled_keys()[0].public_key.kid],
    ):
        assert "旧备份" in run(home, *signing).refused()[0], signing
    assert opened(home).log.head().size == before
    assert not (home / "public" / "checkpoint").exists()
    assert not (tmp_path / "b").exists()


def test_the_same_moment_is_restored_though_the_world_went_on_in_the_first_house(issued: Path, tmp_path: Path) -> None:
    """A backup whose log is as long as the published one is no older one, whatever was reserved since."""
    opened(issued).recorder.reserve("never-used", 5)
    home = restored(backed_up(issued), issued / "public", tmp_path / "again")
    assert opened(home).log.head() == opened(issued).log.head()


def test_a_backup_is_for_its_owners_eyes_and_holds_no_passphrase(issued: Path, tmp_path: Path) -> None:
    (issued / "passphrase.demo").write_text(PASSPHRASE)
    backup = backed_up(issued)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with zipfile.ZipFile(backup) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert all(PASSPHRASE.encode() not in content for content in [*members.values(), backup.read_bytes()])
    assert {name for name in members if "/" not in name} == {
        "registry.db", "ledger.db", "hallmark.toml", "house.id", "roots.json", MANIFEST,
    }  # fmt: skip
    assert not any("watermark" in name or "passphrase" in name for name in members)
    home = restored(backup, issued / "public", tmp_path / "again")
    for file in [*home.glob("keys/*"), *home.glob("*.db"), home / "house.id"]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE((home / "keys").stat().st_mode) == 0o700


def test_a_backup_taken_while_others_issue_is_of_one_moment(issued: Path, tmp_path: Path, sheet: Sheets) -> None:
    """What is stored and not yet released when the backup is taken is finished by the restored house, with the same bytes."""
    from registry.recorder import Recorder

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recorder, "append", lambda *_: (_ for _ in ()).throw(ConnectionResetError(104, "reset")))
        run(issued, "issue", sheet(slice(12, 16)), "--kind", "title").refused()
    (batch, *_) = opened(issued).ledger.unreleased()
    stored = {each.number: each.token for each in opened(issued).ledger.sealed_of(batch)}
    home = restored(backed_up(issued), issued / "public", tmp_path / "again")
    run(home, "issue", sheet(slice(12, 16)), "--kind", "title").fine()
    assert {number: opened(home).ledger.sealed_bytes(number)[0] for number in stored} == stored
    assert len(numbers_of(home)) == 16
    assert opened(home).audit() == []


# what is no backup -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound backup of the house that nobody changes."""
    file = tmp_path_factory.mktemp("backup") / "sound"
    run(kept, "backup", file).fine()
    return file


@pytest.fixture
def backup(sound: Path, tmp_path: Path) -> Path:
    """A copy to be spoiled, alone in its folder."""
    return Path(shutil.copy(sound, tmp_path / "house.backup"))


def spoiled(backup: Path, how: str) -> None:
    """Spoil a backup file in one way."""
    data = bytearray(backup.read_bytes())
    if how == "empty":
        data = bytearray()
    elif how == "cut":
        del data[len(data) // 2 :]
    elif how == "random":
        data = bytearray(b"\x5a" * 5000)
    elif how.startswith("bit"):
        data[int(how.removeprefix("bit ")) * len(data) // 100] ^= 0x10
    backup.write_bytes(data)


@pytest.mark.parametrize("how", ["empty", "cut", "random", *(f"bit {place}" for place in (5, 20, 40, 60, 80, 95))])
def test_a_damaged_backup_is_refused_and_nothing_is_written(how: str, backup: Path, kept: Path, tmp_path: Path) -> None:
    spoiled(backup, how)
    zh, _ = run(tmp_path / "again", "restore", backup, "--published", kept / "public").refused()
    assert "备份" in zh
    assert not (tmp_path / "again").exists()


def rewritten(backup: Path, change: Callable[[dict[str, bytes]], None], *, sign_off: bool = True) -> None:
    """Let an attacker change members and, with `sign_off`, the manifest to match."""
    with zipfile.ZipFile(backup) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    if sign_off:
        from hashlib import sha256

        digests = {name: sha256(data).hexdigest() for name, data in members.items() if name != MANIFEST}
        members[MANIFEST] = json.dumps(digests).encode()
    with zipfile.ZipFile(backup, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    "change",
    [
        lambda members: members.pop("roots.json"),
        lambda members: members.pop("ledger.db"),
        lambda members: members.update({"../escaped": b"x"}),
        lambda members: members.update({"/tmp/escaped-hallmark": b"x"}),
        lambda members: members.update({"keys/../../escaped.pem": b"x"}),
        lambda members: members.update({"watermark": b"x"}),
        lambda members: members.update({"passphrase.demo": b"x"}),
    ],
    ids=["no roots", "no ledger", "escape", "absolute", "deep escape", "watermark", "passphrase"],
)
def test_a_backup_that_holds_too_little_or_too_much_is_refused(
    change: Callable[[dict[str, bytes]], None], backup: Path, kept: Path, tmp_path: Path
) -> None:
    rewritten(backup, change)
    run(tmp_path / "again", "restore", backup, "--published", kept / "public").refused()
    assert list(tmp_path.rglob("*")) == [backup]


@pytest.mark.parametrize(
    "manifest", [b"[]", b"null", b"{", b'{"a": "b", "a": "c"}', b"[" * 100_000, b'{"registry.db": 5}']
)
def test_a_manifest_of_another_form_is_refused(manifest: bytes, backup: Path, kept: Path, tmp_path: Path) -> None:
    rewritten(backup, lambda members: members.update({MANIFEST: manifest}), sign_off=False)
    run(tmp_path / "again", "restore", backup, "--published", kept / "public").refused()
    assert not (tmp_path / "again").exists()


def test_a_restore_goes_into_an_empty_folder_only(issued: Path, tmp_path: Path) -> None:
    backup = backed_up(issued)
    head = opened(issued).log.head()
    run(issued, "restore", backup, "--published", issued / "public").refused()
    assert opened(issued).log.head() == head
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "registry.db-wal").write_bytes(b"x")
    run(tmp_path / "full", "restore", backup, "--published", issued / "public").refused()
    assert [file.name for file in (tmp_path / "full").iterdir()] == ["registry.db-wal"]
    (tmp_path / "empty").mkdir()
    restored(backup, issued / "public", tmp_path / "empty")


def test_it_must_be_told_what_the_world_has_seen(backup: Path, kept: Path, tmp_path: Path) -> None:
    """Without the published checkpoint, or with that of another registry, nobody can tell an old backup."""
    again = tmp_path / "again"
    assert "--published" in run(again, "restore", backup, "--published", tmp_path / "nowhere").refused()[0]
    assert run(again, "restore", backup).status == 64
    other, lists = tmp_path / "other", ("--bodies", DATA / "bodies.csv", "--committees", DATA / "committees.csv")
    run(other, "init", "--host", "verify.example", *lists).fine()
    run(again, "restore", backup, "--published", other / "public").refused()
    shutil.copytree(kept / "public", tmp_path / "forged")
    note = (tmp_path / "forged" / "checkpoint").read_bytes()
    (tmp_path / "forged" / "checkpoint").write_bytes(note.replace(b"\n", b"\n1", 1))
    run(again, "restore", backup, "--published", tmp_path / "forged").refused()
    run(again, "restore", backup, "--published", "http://registry.example").refused()
    assert not again.exists()


def test_what_cannot_be_backed_up_here_says_so(issued: Path, tmp_path: Path) -> None:
    run(issued, "backup", tmp_path / "nowhere" / "b").refused()
    settings = (issued / "hallmark.toml").read_text()
    shutil.move(issued / "ledger.db", tmp_path / "ledger.db")
    (issued / "hallmark.toml").write_text(f'{settings}ledger_database = "sqlite:///{tmp_path / "ledger.db"}"\n')
    run(issued, "backup", tmp_path / "b").refused()
    assert list(tmp_path.glob("b*")) == []


def test_two_rows_of_the_demo_really_were_new(issued: Path) -> None:
    """The tests above rest on the demo's rows 13 to 16 not being in the house yet."""
    names = {line.split(",")[1] for line in rows_of("titles.csv", slice(12, 16)).splitlines()[1:]}
    assert len(names) == 4
    assert len(numbers_of(issued)) == 12
