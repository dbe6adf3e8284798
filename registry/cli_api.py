"""The operator's commands for the API: who may ask, and what was asked."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import click
from sqlalchemy import Engine

from keys.jwk import from_jwk
from keys.strictjson import loads
from registry.api import journal
from registry.api.clients import SCOPES, ClientList
from registry.cli_kid import KidCommand
from web.database import reading


class Desk(Protocol):
    """The part of the house that these commands use; `hallmark` puts it together."""

    @property
    def registry_engine(self) -> Engine:
        """The registry's database."""
        ...

    @property
    def clock(self) -> Callable[[], int]:
        """UNIX seconds now."""
        ...


@click.group("client")
def client_group() -> None:
    """发证机关接口的客户端 · Clients of the API for issuers."""


@client_group.command("list")
@click.pass_obj
def list_clients(desk: Desk) -> None:
    """列出客户端(每行一个 JSON)· List the clients, one JSON object a line."""
    for client in _clients(desk).listed():
        line: dict[str, object] = {"client": client.client_id, "body": client.body_code, "state": client.state}
        line |= {"scopes": list(client.scopes), "added_at": client.added_at}
        click.echo(json.dumps(line, ensure_ascii=False))


@client_group.command("add")
@click.argument("body_code")
@click.argument("jwk", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    default=SCOPES,
    show_default=True,
    help="权限,可重复 · What it may do; may be repeated.",
)
@click.pass_obj
def add(desk: Desk, body_code: str, jwk: Path, scopes: tuple[str, ...]) -> None:
    """为一家机构登记客户端公钥(JWK 文件)· List a client of a body by its public key.

    Compare the key's thumbprint with the body over another channel first.
    """
    click.echo(_clients(desk).add(body_code, from_jwk(loads(jwk.read_bytes())), scopes).client_id)


@client_group.command("disable", cls=KidCommand)
@click.argument("client_id")
@click.pass_obj
def disable(desk: Desk, client_id: str) -> None:
    """立即停用客户端,已发的令牌同时失效 · Refuse a client from now on, its tokens included."""
    _clients(desk).disable(client_id)
    click.echo(f"已停用 Disabled: {client_id}")


@click.command("api-log")
@click.option("--client", "client_id", help="只看一个客户端 · One client only.")
@click.pass_obj
def api_log(desk: Desk, client_id: str | None) -> None:
    """接口日志:谁在何时做了什么、结果在何处;同时核对前后衔接 · The API's journal, its chain checked.

    One JSON object a line. A row that was changed or taken out ends it with an error.
    """
    with reading(desk.registry_engine) as connection:
        for line in journal.lines(connection, actor=client_id):
            shown = {"seq": line.seq, "at": line.at, "actor": line.actor, "body": line.body_code}
            shown |= {"act": line.act, "subject": line.subject, "result": line.result}
            click.echo(json.dumps(shown, ensure_ascii=False))


def _clients(desk: Desk) -> ClientList:
    return ClientList(desk.registry_engine, desk.clock)
