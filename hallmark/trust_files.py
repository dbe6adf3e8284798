"""Reads the files from which a trust list is drafted: bodies, committees, suspensions. UTF-8 CSV with fixed columns.

The files are the whole truth of a draft: who is not in them is not on the next list.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from credentials.identifiers import is_credit_code
from hallmark.errors import ListFileInvalid, ListFileUnreadable
from registry.errors import RegistryError
from registry.trust import Authority, Body, Suspension

BODY_COLUMNS: Final = ("统一社会信用代码", "名称", "英文名称", "可发证书")
COMMITTEE_COLUMNS: Final = (
    "评审委员会", "组建单位", "系列", "专业", "级别", "地区代码", "备案号", "有效期起", "有效期止",
)  # fmt: skip
SUSPENSION_COLUMNS: Final = ("发证机关", "评审委员会", "暂停起", "暂停止", "文号")
_MAY_BE_BLANK: Final = frozenset({SUSPENSION_COLUMNS[1], SUSPENSION_COLUMNS[3]})


@dataclass(frozen=True, slots=True)
class Listed:
    """The bodies and their committees' authorities, as they are to stand on the next trust list."""

    bodies: tuple[Body, ...]
    authorities: tuple[Authority, ...]


def read_listed(bodies: Path, committees: Path, suspensions: Path | None = None) -> Listed:
    """Read the files. A suspension without a committee is the body's; without a last day it lasts until further notice.

    Raises ListFileInvalid naming file, row and column, ListFileUnreadable.
    """
    its_bodies = _bodies(bodies)
    listed = Listed(tuple(its_bodies), tuple(_authorities(committees, its_bodies)))
    return listed if suspensions is None else _suspended(listed, suspensions)


def _rows(file: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The numbered rows of one file: UTF-8 CSV with exactly these columns, no cell empty that may not be."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = [row for row in csv.reader(opened, strict=True) if row]
    except (UnicodeDecodeError, csv.Error):
        raise ListFileUnreadable(file=file.name) from None
    if not rows or rows[0] != list(columns):
        raise ListFileInvalid(file=file.name, row=1, column="、".join(columns))
    for number, row in enumerate(rows[1:], start=2):
        cells = [cell.strip() for cell in row]
        if len(cells) != len(columns):
            raise ListFileInvalid(file=file.name, row=number, column="、".join(columns))
        for column, cell in zip(columns, cells, strict=True):
            if not cell and column not in _MAY_BE_BLANK:
                raise ListFileInvalid(file=file.name, row=number, column=column)
        yield number, cells


def _bodies(file: Path) -> list[Body]:
    bodies: dict[str, Body] = {}
    for number, (code, name, name_en, kinds) in _rows(file, BODY_COLUMNS):
        if not is_credit_code(code) or code in bodies:
            raise ListFileInvalid(file=file.name, row=number, column=BODY_COLUMNS[0])
        if name in {body.name for body in bodies.values()}:
            raise ListFileInvalid(file=file.name, row=number, column=BODY_COLUMNS[1])
        try:
            bodies[code] = Body(code, name, name_en, tuple(kinds.split("、")))
        except RegistryError:
            raise ListFileInvalid(file=file.name, row=number, column=BODY_COLUMNS[3]) from None
    return list(bodies.values())


def _authorities(file: Path, bodies: Sequence[Body]) -> list[Authority]:
    code_of = {body.name: body.code for body in bodies}
    authorities = []
    for number, (committee, body, *scope, begins, ends) in _rows(file, COMMITTEE_COLUMNS):
        if body not in code_of:
            raise ListFileInvalid(file=file.name, row=number, column=COMMITTEE_COLUMNS[1])
        series, specialty, level, region, filing_no = scope
        try:
            authorities.append(
                Authority(code_of[body], committee, series, specialty, level, region, filing_no, begins, ends)
            )
        except RegistryError:
            raise ListFileInvalid(file=file.name, row=number, column="、".join(COMMITTEE_COLUMNS[-2:])) from None
    return authorities


def _suspended(listed: Listed, file: Path) -> Listed:
    """The same, each suspension beside the body or the committee that it names."""
    bodies, authorities = list(listed.bodies), list(listed.authorities)
    for number, (name, committee, first, last, document_no) in _rows(file, SUSPENSION_COLUMNS):
        try:
            suspension = Suspension(first, last or None, document_no)
        except RegistryError:
            raise ListFileInvalid(file=file.name, row=number, column="、".join(SUSPENSION_COLUMNS[2:4])) from None
        code = next((body.code for body in bodies if body.name == name), None)
        touched = [at for at, a in enumerate(authorities) if (a.body_code, a.committee) == (code, committee)]
        if code is None or (committee and not touched):
            raise ListFileInvalid(file=file.name, row=number, column=SUSPENSION_COLUMNS[1 if code else 0])
        for at in touched:
            authorities[at] = replace(authorities[at], suspended=(*authorities[at].suspended, suspension))
        if not committee:
            at = next(at for at, body in enumerate(bodies) if body.code == code)
            bodies[at] = replace(bodies[at], suspended=(*bodies[at].suspended, suspension))
    return Listed(tuple(bodies), tuple(authorities))
