"""The `keys` commands: make, list, retire and export keys on the machine that holds them."""

import json
from pathlib import Path
from typing import Any, Protocol

import click

from keys.algorithms import Algorithm
from keys.jwk import to_jwk
from keys.keystore import KeyStore
from keys.rotation import KeyRecord, KeyState, Purpose

_DAY = 86400


class Desk(Protocol):
    """The part of the house that these commands use; `hallmark` puts it together."""

    @property
    def keystore(self) -> KeyStore:
        """The encrypted keys, opened when first asked for."""
        ...


@click.group("keys")
def keys_group() -> None:
    """密钥的生成、轮换与停用 · Make, rotate and retire keys."""


@keys_group.command("generate")
@click.argument("name")
@click.option(
    "--purpose", type=click.Choice([one.value for one in Purpose]), required=True, help="用途 · What it signs."
)
@click.option("--algorithm", type=click.Choice([one.value for one in Algorithm]), default="ES256", show_default=True)
@click.option("--opens-at", type=int, default=None, help="启用时刻(UNIX 秒),默认现在 · When it may start to sign; now.")
@click.option("--days", type=click.IntRange(1, 3660), default=730, show_default=True, help="有效天数 · How long.")
@click.option("--staged", is_flag=True, help="仅备用,暂不启用 · Make it, do not use it yet.")
@click.pass_obj
def generate(
    desk: Desk, *, name: str, purpose: str, algorithm: str, opens_at: int | None, days: int, staged: bool
) -> None:
    """生成一把密钥 · Make a key."""
    store = desk.keystore
    opens = store.now() if opens_at is None else opens_at
    state = KeyState.STAGED if staged else KeyState.ACTIVE
    record = store.generate(
        name, Purpose(purpose), Algorithm(algorithm), opens_at=opens, closes_at=opens + days * _DAY, state=state
    )
    click.echo(_line(record, store.now()))


@keys_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · Print JSON.")
@click.pass_obj
def list_keys(desk: Desk, as_json: bool) -> None:
    """列出密钥及到期提醒 · List keys, and warn of those that end soon."""
    store = desk.keystore
    now, records = store.now(), store.records()
    if as_json:
        click.echo(json.dumps([_described(record, now) for record in records], ensure_ascii=False, indent=2))
        return
    for record in records:
        click.echo(_line(record, now))


@keys_group.command("activate")
@click.argument("name")
@click.pass_obj
def activate(desk: Desk, name: str) -> None:
    """启用备用密钥 · Let a staged key sign."""
    _move(desk, name, KeyState.ACTIVE)


@keys_group.command("retire")
@click.argument("name")
@click.pass_obj
def retire(desk: Desk, name: str) -> None:
    """停用密钥,不可恢复 · Stop a key from signing, for good."""
    _move(desk, name, KeyState.RETIRED)


@keys_group.command("compromise")
@click.argument("name")
@click.confirmation_option(
    prompt="确认该密钥已泄露?此操作不可恢复 · Has this key been lost? This cannot be undone",
    help="不再询问 · Do not ask.",
)
@click.pass_obj
def compromise(desk: Desk, name: str) -> None:
    """标记密钥已泄露 · Mark a key as lost. Tell the registry too: what it signed is judged there."""
    _move(desk, name, KeyState.COMPROMISED)


@keys_group.command("export")
@click.argument("name")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="写入文件 · Write to a file."
)
@click.pass_obj
def export(desk: Desk, name: str, out: Path | None) -> None:
    """导出公钥(JWK),私钥永不导出 · Print the public key as JWK; the private one never leaves."""
    text = json.dumps(to_jwk(desk.keystore.record(name).public_key), indent=2)
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")


def _move(desk: Desk, name: str, state: KeyState) -> None:
    store = desk.keystore
    click.echo(_line(store.move(name, state), store.now()))


def _described(record: KeyRecord, now: int) -> dict[str, Any]:
    return {
        "name": record.name,
        "purpose": record.purpose.value,
        "algorithm": record.public_key.algorithm.value,
        "kid": record.public_key.kid,
        "state": record.state.value,
        "opens_at": record.opens_at,
        "closes_at": record.closes_at,
        "days_left": record.days_left(now),
        "warning": record.warning(now),
    }


def _line(record: KeyRecord, now: int) -> str:
    warning = record.warning(now)
    tail = (
        ""
        if warning is None
        else f"  ! 剩 {record.days_left(now)} 天,请尽快轮换 · {record.days_left(now)} days left, rotate"
    )
    kind = f"{record.purpose.value:<10} {record.public_key.algorithm.value:<9} {record.state.value:<11}"
    return f"{record.name:<24} {kind} {record.public_key.kid}{tail}"
