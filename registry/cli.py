"""The `registry` commands: look at the log, enrol and close issuer keys, record signed lists, forget a detail, audit."""

import json
import sys
from pathlib import Path
from typing import Protocol

import click
from sqlalchemy import Engine

from keys.algorithms import PublicKey
from keys.b64 import unb64u
from keys.jwk import from_jwk
from keys.roots import Roots
from keys.strictjson import loads
from registry.audit import audit
from registry.cli_kid import KidCommand
from registry.cli_moving import migrate_command
from registry.cli_publish import publish_command
from registry.recorder import Recorder
from registry.replay import Finding
from web.messages import MessageMissing, say


class Desk(Protocol):
    """The part of the house that these commands use; `hallmark` puts it together."""

    @property
    def recorder(self) -> Recorder:
        """The registry in this process."""
        ...

    @property
    def registry_engine(self) -> Engine:
        """Its database."""
        ...

    def trusted_roots(self, file: Path | None = None) -> Roots:
        """The root of trust."""
        ...


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("registry")
def registry_group() -> None:
    """登记簿:日志、机构密钥、名单、审计 · The registry: log, issuers' keys, lists, audit."""


@registry_group.command("head")
@click.option("--note", is_flag=True, help="打印签名的检查点 · Print the signed checkpoint.")
@click.pass_obj
def head(desk: Desk, note: bool) -> None:
    """显示日志大小与根 · Show the log's size and root."""
    newest = desk.recorder.head()
    click.echo(newest.note.decode() if note else f"{newest.size} {newest.root.hex()}")


@registry_group.command("keys")
@click.pass_obj
def list_keys(desk: Desk) -> None:
    """列出机构密钥及其日志位置 · List the issuers' keys and their places in the log (one JSON object a line)."""
    for key in desk.recorder.enrolled_keys():
        line: dict[str, object] = {"kid": key.public_key.kid, "body": key.body_code, "state": key.state}
        line |= {"opened": key.opened, "closed": key.closed, "boundary": key.boundary}
        click.echo(json.dumps(line, ensure_ascii=False))


@registry_group.command("enrol")
@click.argument("body_code")
@click.argument("jwk", type=_FILE)
@click.option("--replaces", metavar="KID", help="被替换、同时停用的旧密钥 · The old key, retired by the same commit.")
@click.pass_obj
def enrol(desk: Desk, body_code: str, jwk: Path, replaces: str | None) -> None:
    """登记一家机构的公钥(JWK 文件)· Enrol a body's public key from a JWK file.

    \b
    例 Example:
      hallmark keys export body-1 > body.jwk && hallmark registry enrol 12310000425006790X body.jwk
    """
    old = None if replaces is None else unb64u(replaces)
    click.echo(desk.recorder.enrol(body_code, _read_jwk(jwk), replaces=old))


@registry_group.command("retire", cls=KidCommand)
@click.argument("kid")
@click.pass_obj
def retire(desk: Desk, kid: str) -> None:
    """停用机构密钥;已签发的证书不受影响 · Close a key; what it sealed stands."""
    click.echo(desk.recorder.retire(unb64u(kid)).closed)


@registry_group.command("compromise", cls=KidCommand)
@click.argument("kid")
@click.option("--lost-at", type=int, required=True, help="失密时刻(UNIX 秒)· When it was lost, UNIX seconds.")
@click.confirmation_option(
    prompt="失密时刻之后登记的证书将全部失效,确定吗?All certificates logged later will fall. Go on?",
    help="不再询问 · Do not ask.",
)
@click.pass_obj
def compromise(desk: Desk, kid: str, lost_at: int) -> None:
    """宣布密钥失密;失密前已见证的登记仍有效 · Break a key off; what was cosigned before the loss stands."""
    boundary = desk.recorder.boundary_before(lost_at)
    desk.recorder.compromise(unb64u(kid), boundary)
    click.echo(f"边界 boundary {boundary}")


@registry_group.command("record-list")
@click.argument("signed", type=_FILE)
@click.option("--shards", type=_FOLDER, help="信任名单的分片文件夹(00.json … ff.json)· A trust list's shards.")
@click.option("--version", type=int, help="信任名单的版本号,与分片同用 · The trust list's version, with --shards.")
@click.pass_obj
def record_list(desk: Desk, signed: Path, shards: Path | None, version: int | None) -> None:
    """登记已由两人签名的名单 · Record a list that its two publishers have signed."""
    if (shards is None) != (version is None):
        raise click.UsageError("--shards 与 --version 须同时给出 · give --shards and --version together")
    if shards is not None and version is not None:
        bodies = {byte: (shards / f"{byte:02x}.json").read_bytes() for byte in range(256)}
        desk.recorder.publish_trust_shards(version, bodies)
    click.echo(desk.recorder.publish_list(signed.read_bytes()))


@registry_group.command("record-roots")
@click.argument("signed", type=_FILE)
@click.pass_obj
def record_roots(desk: Desk, signed: Path) -> None:
    """登记信任根的下一版 · Record the next version of the roots document."""
    click.echo(desk.recorder.publish_roots(signed.read_bytes()))


@registry_group.command("erase")
@click.argument("log_index", type=int)
@click.confirmation_option(
    prompt="变更原因将被永久删除,确定吗?The reason will be gone for good. Go on?", help="不再询问 · Do not ask."
)
@click.pass_obj
def erase(desk: Desk, log_index: int) -> None:
    """删除一次状态变更的详情;日志只留加盐摘要 · Forget why a status changed; the log keeps a salted hash."""
    click.echo(desk.recorder.erase_detail(log_index).size)


@registry_group.command("audit")
@click.option("--folder", type=_FOLDER, help="审计公开文件夹而不是数据库 · Audit a published folder instead.")
@click.option("--roots", type=_FILE, help="信任根文件 · The roots to judge by.")
@click.option(
    "--quick", is_flag=True, help="只重算条目、瓦片与各个根 · Only entries, tiles and roots are hashed again."
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · Print JSON.")
@click.pass_obj
def audit_command(desk: Desk, folder: Path | None, roots: Path | None, quick: bool, as_json: bool) -> None:
    """重放整个日志并核对每一行、每个文件 · Replay the whole log and hold every row or file against it.

    \b
    退出码 Exit status: 0 无异常 clean, 1 有发现 findings.
    """
    findings = audit(folder or desk.registry_engine, desk.trusted_roots(roots), quick=quick)
    if as_json:
        click.echo(json.dumps([{"code": each.code, **each.params} for each in findings], ensure_ascii=False))
    else:
        for each in findings:
            click.echo(told(each))
    if findings:
        sys.exit(1)


registry_group.add_command(migrate_command)
registry_group.add_command(publish_command)


def told(finding: Finding) -> str:
    """Return a finding as one line: its code, then the sentence in both languages."""
    try:
        said = [say(finding.code, lang, **finding.params) for lang in ("zh", "en")]
    except MessageMissing:
        return str(finding)
    return f"[{finding.code}] " + " · ".join(said)


def _read_jwk(file: Path) -> PublicKey:
    return from_jwk(loads(file.read_bytes()))
