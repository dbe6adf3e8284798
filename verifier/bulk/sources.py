"""Reads what is to be checked in bulk: the rows of a table, the files of a folder or of a ZIP; one item each, bounded."""

import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from verifier.bulk.errors import ArchiveSuspicious, ColumnNotFound, NothingToCheck, SourceUnreadable
from verifier.documents import read_pdf
from verifier.errors import ReaderBusy, ReadingError
from verifier.handed_in import Contents, contents_of
from verifier.pictures import read_picture
from web.sheets.errors import SheetError
from web.sheets.reading import LIMITS, Limits, read_rows
from web.sheets.sheet import RawRow
from web.sheets.unpacking import require_small_directory

TEXT_COLUMNS: Final = (
    "二维码内容", "二维码文字", "二维码", "证书内容", "核验内容", "电子证书", "text", "qr", "qr text", "qr code", "qrcode", "code", "credential", "jwt",
)  # fmt: skip
"""Under which heading, in any case of letters, a table holds what is to be checked."""
MAX_FILE: Final = 50 << 20
MAX_MEMBERS: Final = 10_000
MAX_UNPACKED: Final = 2 << 30
MAX_RATIO: Final = 200
RATIO_FROM: Final = 1 << 20
_TABLE_PART: Final = "[Content_Types].xml"
_ENCRYPTED: Final = 0x1


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to check: its number from 1, what the person calls it, its digest, and what is in it or why nothing is."""

    number: int
    name: str
    digest: str
    found: Contents | ReadingError


def items_in(path: Path, *, limits: Limits = LIMITS) -> Iterator[Item]:
    """Yield every item of a CSV, XLSX, ZIP or folder, in order; a bad item is an item, not an error.

    Raises SheetError, ColumnNotFound, ArchiveSuspicious, SourceUnreadable, NothingToCheck, ReaderBusy.
    """
    if path.is_dir():
        return _of_folder(path)
    return _of_archive(path) if _is_archive(path) else _of_table(path, limits)


def _is_archive(path: Path) -> bool:
    try:
        return zipfile.is_zipfile(path) and not _is_workbook(path)
    except (OSError, zipfile.BadZipFile, ValueError):
        raise SourceUnreadable(name=path.name) from None


def size_of(path: Path, *, limits: Limits = LIMITS) -> int:
    """How many items there are, without looking into any file. Raises what `items_in` raises, for all of a table's rows."""
    if path.is_dir() or not _is_archive(path):
        return sum(1 for _ in items_in(path, limits=limits))
    with path.open("rb") as file, zipfile.ZipFile(_small(file)) as archive:
        return len(_sober(archive))


def _is_workbook(path: Path) -> bool:
    with path.open("rb") as file, zipfile.ZipFile(_small(file)) as package:
        return _TABLE_PART in package.namelist()


def _small(file: BinaryIO) -> BinaryIO:
    try:
        return require_small_directory(file)
    except SheetError:
        raise ArchiveSuspicious(name="ZIP") from None


def _of_table(path: Path, limits: Limits) -> Iterator[Item]:
    sheet = read_rows(path, limits=limits)
    column = _text_column(sheet.columns)
    return (_row(number, row, column) for number, row in enumerate(sheet.rows, 1))


def _text_column(columns: tuple[str, ...]) -> str:
    named = [name for name in columns if name.strip().lower() in TEXT_COLUMNS]
    if len(named) == 1:
        return named[0]
    if len(columns) == 1 and not named:
        return columns[0]
    raise ColumnNotFound(columns="、".join(columns)[:200], known="、".join(TEXT_COLUMNS[:3]) + "、text")


def _row(number: int, row: RawRow, column: str) -> Item:
    text = row.cells.get(column, "").strip()
    found: Contents | ReadingError = Contents([text]) if text else NothingToCheck()
    return Item(number, str(row.number), _digest(text.encode("utf-8", "replace")), found)


def _of_folder(path: Path) -> Iterator[Item]:
    names = sorted(each for each in path.iterdir() if not each.name.startswith("."))
    files = [each for each in names if stat.S_ISREG(each.lstat().st_mode)]
    return (_file(number, each) for number, each in enumerate(files, 1))


def _file(number: int, path: Path) -> Item:
    with path.open("rb") as file:
        return _contents(number, path.name, file.read(MAX_FILE + 1))


def _of_archive(path: Path) -> Iterator[Item]:
    with path.open("rb") as file, zipfile.ZipFile(_small(file)) as archive:
        members = _sober(archive)
        for number, member in enumerate(members, 1):
            yield _member(number, archive, member)


def _sober(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of the archive, once their number, their declared sizes and their ratios are in measure."""
    members = [each for each in archive.infolist() if not each.is_dir() and not _is_clutter(each.filename)]
    if len(members) > MAX_MEMBERS or sum(each.file_size for each in members) > MAX_UNPACKED:
        raise ArchiveSuspicious(name="ZIP")
    for each in members:
        ratio_broken = each.file_size > RATIO_FROM and each.file_size > MAX_RATIO * max(each.compress_size, 1)
        if ratio_broken or each.file_size > MAX_FILE or each.flag_bits & _ENCRYPTED:
            raise ArchiveSuspicious(name=each.filename[:80])
        if each.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise ArchiveSuspicious(name=each.filename[:80])
    return members


def _is_clutter(name: str) -> bool:
    """What packing programs add of their own."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def _member(number: int, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Item:
    try:
        with archive.open(member) as file:
            data = file.read(MAX_FILE + 1)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError):
        return Item(number, member.filename[:200], _digest(b""), ReadingError())
    return _contents(number, member.filename[:200], data)


def _contents(number: int, name: str, data: bytes) -> Item:
    found: Contents | ReadingError
    try:
        found = contents_of(data, read_picture, read_pdf)
    except ReaderBusy:
        raise  # says nothing about the file: the whole run may be resumed
    except ReadingError as defect:
        found = defect
    return Item(number, name, _digest(data), found)


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
