"""T59: after a full run nobody's name, number or passphrase lies anywhere in the clear but on the certificates themselves."""

import csv
import io
import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from credentials.envelope import read_document
from hallmark.server import create_server
from tests.hallmark.command import PASSPHRASE, environment, run
from tests.hallmark.conftest import copied, opened, rows_of

CANARY = "金丝雀"
"""In every holder's name, in no other text of the project."""


@dataclass(frozen=True)
class Run:
    """A house after everything was done in it, what the holders are called, and every output of every command."""

    home: Path
    folder: Path
    rows: list[dict[str, str]]
    outputs: bytes

    @property
    def secrets(self) -> list[str]:
        """Names, identity numbers, birth months and work units that only the ledger may hold, and encrypted."""
        return [CANARY, *(row["证件号码"] for row in self.rows), *(row["工作单位"] for row in self.rows)]


@pytest.fixture(scope="module")
def done(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("secrets")
    home = copied(untouched, folder / "house")
    rows = list(csv.DictReader(io.StringIO(rows_of("titles.csv", slice(9)))))
    for row in rows:
        row["姓名"] = CANARY + row["姓名"][1:]
    with (folder / "titles.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    outputs = []
    numbers: list[str] = []
    for arguments in (
        ["issue", folder / "titles.csv", "--kind", "title"],
        ["issue", folder / "titles.csv", "--kind", "title"],
        ["revoke", "FIRST", "--document-no", "沪人社〔2026〕1号"],
        ["suspend", "SECOND"],
        ["status", "FIRST"],
        ["publish"],
        ["bundle", folder / "bundle.hallmark"],
        ["render", "--all", "--to", folder / "pdf"],
        ["audit"],
        ["registry", "audit"],
        ["keys", "list"],
        ["status", "000000000000Q"],
        ["backup", folder / "house.backup"],
    ):
        numbers = numbers or [record.number for record in opened(home).ledger.records()]
        named = {"FIRST": numbers[0], "SECOND": numbers[1]} if numbers else {}
        ran = run(home, *(named.get(str(each), each) for each in arguments))
        assert ran.status == (65 if "000000000000Q" in arguments else 0), ran
        outputs.append((ran.out + ran.err).encode())
    outputs.append(_served(home, folder / "pdf" / f"{numbers[0]}.pdf"))
    return Run(home, folder, rows, b"\n".join(outputs))


def _served(home: Path, pdf: Path) -> bytes:
    """Everything a server process writes while it answers, access and error logs together."""
    code = (
        "import io,sys,pathlib; from werkzeug.test import Client; from hallmark.server import create_server;"
        "from tests.hallmark.conftest import opened; home, pdf = map(pathlib.Path, sys.argv[1:]);"
        "client = Client(create_server(opened(home), port=8700));"
        "ask = lambda path, **more: client.open(path, base_url='https://verify.example', **more).status_code;"
        "assert ask('/check', method='POST', data={'file': (io.BytesIO(pdf.read_bytes()), 'x.pdf')}) == 200;"
        "assert ask('/check', method='POST', data={'text': 'x' * 50}) == 200; assert ask('/registry/checkpoint') == 200;"
        "ask('/nowhere?name=x')"
    )
    command = [sys.executable, "-c", code, str(home), str(pdf)]
    served = subprocess.run(command, env=environment(), capture_output=True, timeout=60, check=False)
    assert served.returncode == 0, served.stderr
    return served.stdout + served.stderr


def spellings(text: str) -> Iterator[bytes]:
    """How a text may lie in a file."""
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        yield text.encode(encoding)
    yield text.encode("unicode_escape")
    yield text.encode("utf-8").hex().encode()


def found_in(data: bytes, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets for spelled in spellings(secret) if spelled in data]


def test_the_canary_is_on_the_certificates(done: Run) -> None:
    """Else the tests below would prove nothing."""
    documents = [
        opened(done.home).ledger.sealed_bytes(record.number)[1] for record in opened(done.home).ledger.records()
    ]
    assert len(documents) == 9
    assert all(CANARY in read_document(document).credential.holder.name for document in documents)


def test_no_file_of_the_house_holds_anything_personal_in_the_clear(done: Run) -> None:
    files = [file for file in done.home.rglob("*") if file.is_file()]
    assert {"ledger.db", "registry.db", "checkpoint", "0.json"} & {file.name for file in files} >= {
        "ledger.db",
        "registry.db",
    }
    assert len(files) > 300
    for file in files:
        assert found_in(file.read_bytes(), [*done.secrets, PASSPHRASE]) == [], file


def test_the_published_folder_the_bundle_and_every_output_are_free_of_it(done: Run) -> None:
    with zipfile.ZipFile(done.folder / "bundle.hallmark") as bundle:
        published = b"\n".join(bundle.read(name) for name in bundle.namelist())
    numbers = [record.number for record in opened(done.home).ledger.records()]
    assert found_in(published, [*done.secrets, PASSPHRASE, *numbers]) == []  # not even the certificates' numbers
    assert found_in(done.outputs, [*done.secrets, PASSPHRASE]) == []
    assert len(done.outputs) > 500


def test_the_backup_is_free_of_it_in_every_member(done: Run) -> None:
    with zipfile.ZipFile(done.folder / "house.backup") as backup:
        for name in backup.namelist():
            assert found_in(backup.read(name), [*done.secrets, PASSPHRASE]) == [], name


def test_the_ledgers_personal_columns_are_cipher_text_bound_to_their_row(done: Run) -> None:
    with closing(sqlite3.connect(done.home / "ledger.db")) as ledger:
        columns = {name: kind for _, name, kind, *_ in ledger.execute("PRAGMA table_info(personal)")}
        rows = ledger.execute("SELECT * FROM personal").fetchall()
    assert set(columns.values()) == {"BLOB"}
    assert len(rows) == 9
    for row in rows:
        for cell in row[1:]:
            assert len(set(cell)) > 0.5 * min(len(cell), 256)  # near to random: nothing readable, nothing repeated
    ciphers = [cell for row in rows for cell in row[1:]]
    assert len(set(ciphers)) == len(ciphers)
    assert len({cell[:12] for cell in ciphers}) == len(ciphers)  # a nonce serves once
    vault = opened(done.home).ledger._vault
    vault.unlock(rows[0][0], rows[0][2])
    with pytest.raises(Exception, match="ledger_unreadable"):
        vault.unlock(rows[1][0], rows[0][2])


def test_keys_stores_and_backup_are_for_their_owner_alone(done: Run) -> None:
    files = [
        *(done.home / "keys").iterdir(),
        done.home / "house.id",
        done.folder / "house.backup",
        *done.home.glob("*.db*"),
    ]
    assert len(files) > 30
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE((done.home / "keys").stat().st_mode) == 0o700
    for file in (done.home / "keys").glob("*.pem"):
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in file.read_bytes()


def test_the_registry_cannot_tell_whose_a_certificate_is(done: Run) -> None:
    """Not even the certificate's number stands in it: digests, slots and keys are all there is."""
    house = opened(done.home)
    data = b"".join(file.read_bytes() for file in done.home.glob("registry.db*"))
    for record in house.ledger.records():
        assert record.number.encode() not in data
        assert record.id not in data


def test_an_erased_person_is_gone_from_the_store(done: Run, tmp_path: Path) -> None:
    home = copied(done.home, tmp_path / "house")
    first = next(opened(home).ledger.records())
    with closing(sqlite3.connect(home / "ledger.db")) as ledger:
        (cipher,) = ledger.execute("SELECT sealed FROM personal WHERE id = ?", (first.id,)).fetchone()
        ledger.execute("DELETE FROM personal WHERE id = ?", (first.id,))
        ledger.commit()
        ledger.execute("VACUUM")
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert cipher[:64] not in b"".join(file.read_bytes() for file in home.glob("ledger.db*"))
    assert opened(home).audit() == []
    assert create_server(opened(home), port=8700)
