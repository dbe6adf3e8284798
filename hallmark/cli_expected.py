"""`hallmark expected`: what an issuing body knows it has done, for a monitor to hold the public log against."""

from collections.abc import Iterator
from pathlib import Path

import click

from credentials.envelope import read_document, read_token
from hallmark.house import House
from issuers.records import RELEASED, Account
from keys.rotation import KeyRecord, KeyState, Purpose
from registry.events import EVENTS
from registry.monitor.expected import certificate_line, key_line, status_line


@click.command("expected")
@click.argument("body_code")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="写入文件。Write to a file.")
@click.pass_obj
def expected(house: House, body_code: str, out: Path | None) -> None:
    """导出本机关自己知道的全部事实:密钥、证书摘要、状态变更;供 monitor 核对,不含任何个人信息。

    Export what a body knows it has done: keys, digests of certificates, status changes. No personal data.

    \b
    例 Example:
      hallmark expected 12310000425006790X --out mine.txt
      hallmark monitor https://registry.example/registry --roots roots.json --issuer 12310000425006790X --expect mine.txt
    """
    lines = facts_of(house, body_code)
    if out is None:
        for line in lines:
            click.echo(line)
    else:
        with out.open("w", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in lines)


def facts_of(house: House, body_code: str) -> Iterator[str]:
    """Yield the lines of `registry.monitor.expected` for one body, from its keys and its ledger."""
    keys = [record for record in house.keystore.records() if _is_of(record, body_code)]
    for record in keys:
        yield key_line(record.public_key.thumbprint, active=record.state in {KeyState.ACTIVE, KeyState.STAGED})
    kid8s = {record.public_key.kid8 for record in keys}
    mine: set[tuple[int, int]] = set()
    for account in house.ledger.accounts():
        if account.batch_state == RELEASED and _may_be_of(account, kid8s):
            mine.add((account.list, account.index))
            yield certificate_line(account.list, account.index, _digests(account))
    for event, list_no, index in house.ledger.changes():
        if (list_no, index) in mine and event in EVENTS:
            yield status_line(list_no, index, EVENTS[event].status)


def _is_of(record: KeyRecord, body_code: str) -> bool:
    return record.purpose is Purpose.CREDENTIAL and record.name.startswith(f"body-{body_code}")


def _may_be_of(account: Account, kid8s: set[bytes]) -> bool:
    """Whether one of these keys sealed it; of an erased holder only the slot is left, and nobody else can fill that."""
    return account.sealed is None or read_token(account.sealed[0]).kid8 in kid8s


def _digests(account: Account) -> tuple[bytes, bytes] | None:
    if account.sealed is None:
        return None
    return read_token(account.sealed[0]).digest, read_document(account.sealed[1]).digest
