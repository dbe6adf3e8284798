"""`hallmark api-key`: who may check in volume. The key is shown once; the house keeps its digest."""

import json

import click

from hallmark.api_keys import FILE_NAME, ApiKeyFile
from hallmark.house import House
from verifier.rates import SCOPES, VERIFY


@click.group("api-key")
def api_key_group() -> None:
    """查验接口的密钥 · API keys for checks in volume; without one, anybody asks within limits."""


@api_key_group.command("add")
@click.argument("holder")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    default=(VERIFY,),
    show_default=True,
    help="用途,可重复 · What it is for; may be repeated.",
)
@click.option("--rate", default="60000/minute", show_default=True, help="限额 · Questions it may ask.")
@click.pass_obj
def add(house: House, holder: str, scopes: tuple[str, ...], rate: str) -> None:
    """发放密钥,只显示这一次 · Give out a key. It is shown once and cannot be shown again.

    \b
    例 Example:
      hallmark api-key add "上海样本科技有限公司 人事部"
    """
    click.echo(_keys(house).add(holder, scopes, rate))


@api_key_group.command("list")
@click.pass_obj
def list_keys(house: House) -> None:
    """列出密钥(每行一个 JSON)· List the keys, one JSON object a line; the keys themselves nobody has."""
    for each in _keys(house).listed():
        line = {"id": each.id, "holder": each.holder, "scopes": list(each.scopes), "rate": each.rate}
        times = {"added_at": each.added_at, "revoked_at": each.revoked_at}
        click.echo(json.dumps(line | times, ensure_ascii=False))


@api_key_group.command("revoke")
@click.argument("key_id")
@click.pass_obj
def revoke(house: House, key_id: str) -> None:
    """停用密钥,五秒内生效 · Revoke a key; every process refuses it within five seconds."""
    _keys(house).revoke(key_id)
    click.echo(f"已停用 Revoked: {key_id}")


def _keys(house: House) -> ApiKeyFile:
    return ApiKeyFile(house.settings.home / FILE_NAME, house.clock)
