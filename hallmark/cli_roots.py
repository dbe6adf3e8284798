"""The `roots` commands: draft the next version of the root of trust, sign it as a custodian, record it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from hallmark.house import House

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT: Final = click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="写入文件。Write to a file."
)


def _edits(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what the next version has otherwise than the newest one."""
    for option in (
        click.option("--edit", type=_FILE, help="要更换的成员(JSON)。A JSON object of members to exchange."),
        click.option("--add-witness", "add", multiple=True, metavar="VKEY", help="增加见证人(可多次)。Add a witness."),
        click.option(
            "--drop-witness", "drop", multiple=True, metavar="NAME", help="去掉见证人(可多次)。Drop a witness."
        ),
        click.option("--witness-threshold", "threshold", type=int, help="至少几家见证。How many must cosign."),
    ):
        command = option(command)
    return command


@click.group("roots")
def roots_group() -> None:
    """信任根:起草下一版、保管人签名、登记公布。The root of trust: draft the next version, sign it, record it."""


@roots_group.command("show")
@click.argument("document", type=_FILE, required=False)
@click.pass_obj
def show(house: House, document: Path | None) -> None:
    """显示信任根(或草稿)的内容。Show what the newest roots, or a draft, say."""
    from hallmark.next_roots import content_of, draft_file, newest_roots
    from keys.roots import to_json

    roots = newest_roots(house) if document is None else content_of(draft_file(document))
    click.echo(json.dumps(json.loads(to_json(roots)), ensure_ascii=False, indent=2))


@roots_group.command("draft")
@_edits
@_OUT
@click.pass_obj
def draft_command(house: House, /, out: Path, **edits: Any) -> None:
    """起草下一版:只写要改的。Draft the next version; say only what changes.

    \b
    例 Example:
      hallmark roots draft --add-witness witness.example/w1+0a1b2c3d+BA… --witness-threshold 2 --out roots-2.draft
    """
    out.write_bytes(_drafted(house, edits))
    _tell_changes(house, out)


@roots_group.command("sign")
@click.argument("document", type=_FILE)
@click.option("--key", required=True, help="保管人密钥的名称。The custodian's key.")
@click.option("--yes", is_flag=True, help="已核对,不再询问。Read already, do not ask.")
@_OUT
@click.pass_obj
def sign_command(house: House, document: Path, key: str, yes: bool, out: Path) -> None:
    """核对改动后,以保管人密钥签名。Read what changes, then sign as a custodian.

    \b
    例 Example:
      hallmark roots sign roots-2.draft --key custodian-1 --out roots-2.json
    """
    from hallmark.next_roots import draft_file, sign

    _tell_changes(house, document)
    if not yes:
        click.confirm("签名? Sign?", abort=True)
    out.write_bytes(sign(draft_file(document), house.keystore.signer(key)))


@roots_group.command("record")
@click.argument("document", type=_FILE)
@click.pass_obj
def record_command(house: House, document: Path) -> None:
    """登记并公布保管人已签足的下一版。Record and publish a version that enough custodians have signed."""
    from hallmark.next_roots import draft_file, record

    click.echo(f"roots {record(house, draft_file(document)).version}")


@roots_group.command("next")
@_edits
@click.option("--key", "keys", multiple=True, required=True, help="保管人密钥(可多次)。Custodians' keys; repeatable.")
@click.pass_obj
def next_command(house: House, /, keys: tuple[str, ...], **edits: Any) -> None:
    """一步完成:起草、签名、登记(保管人密钥都在本机时)。Draft, sign and record at once, where all keys are here.

    \b
    例 Example:
      hallmark roots next --add-witness witness.example/w1+0a1b2c3d+BA… --key custodian-1 --key custodian-2
    """
    from hallmark.next_roots import record, sign

    document = _drafted(house, edits)
    for key in keys:
        document = sign(document, house.keystore.signer(key))
    click.echo(f"roots {record(house, document).version}")


def _drafted(house: House, edits: dict[str, Any]) -> bytes:
    from hallmark.errors import RootsEditInvalid
    from hallmark.next_roots import draft, draft_file, newest_roots, with_witnesses
    from keys.strictjson import loads

    roots = newest_roots(house)
    edit = loads(draft_file(edits["edit"])) if edits["edit"] else {}
    if not isinstance(edit, dict):
        raise RootsEditInvalid(member="edit")
    if edits["add"] or edits["drop"]:
        edit["witnesses"] = with_witnesses(roots, edits["add"], edits["drop"])
    if edits["threshold"] is not None:
        edit["witness_threshold"] = edits["threshold"]
    return draft(roots, edit, house.clock())


def _tell_changes(house: House, document: Path) -> None:
    from hallmark.next_roots import changed, content_of, draft_file, newest_roots

    for member, (before, after) in changed(newest_roots(house), content_of(draft_file(document))).items():
        click.echo(f"{member}: {_short(before)} -> {_short(after)}")


def _short(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict) and "name" in value[0]:
        return ", ".join(str(each["name"]) for each in value)
    return json.dumps(value, ensure_ascii=False)
