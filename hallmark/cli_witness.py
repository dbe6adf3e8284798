"""The `witness` commands: run a witness for other houses' logs, and exchange keys between logs and witnesses."""

import json
import os
from pathlib import Path

import click

from hallmark.house import WITNESS_NAME, House
from hallmark.wall import wall_clock
from registry.note import COSIGNATURE_ED25519, NoteKey

_FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.group("witness")
def witness_group() -> None:
    """见证人:独立核对别家日志只增不改,并签署见证。Witness: cosign other houses' logs, after C2SP tlog-witness.

    \b
    五分钟运行一个见证人 A witness in five minutes:
      export HALLMARK_KEY_PASSPHRASE_FILE=…
      hallmark witness init w1 --name witness.example/w1 --host witness.example
      hallmark witness add-log w1 <日志公钥 the log's vkeys>
      hallmark witness key w1
      hallmark witness serve w1
    """


@witness_group.command("init")
@_FOLDER
@click.option("--name", required=True, help="见证人名称,形如 witness.example/w1。Its key name, a URL without scheme.")
@click.option("--host", "hosts", multiple=True, help="对外主机名,可多次给出。A public host name; repeatable.")
@click.option(
    "--ml-dsa/--no-ml-dsa", default=True, show_default=True, help="另备抗量子密钥。A post-quantum key as well."
)
def init(folder: Path, name: str, hosts: tuple[str, ...], ml_dsa: bool) -> None:
    """建立见证人:新文件夹、加密的密钥。Make a witness: a new folder with fresh, encrypted keys.

    \b
    口令取自 HALLMARK_KEY_PASSPHRASE 或 HALLMARK_KEY_PASSPHRASE_FILE。The passphrase comes from the environment.
    """
    from hallmark.settings import given_passphrase
    from registry.witnesses.folder import WitnessFolder

    made = WitnessFolder.found(folder, given_passphrase(os.environ), wall_clock, name=name, hosts=hosts, ml_dsa=ml_dsa)
    _tell_keys(made.keys())


@witness_group.command("add-log")
@_FOLDER
@click.argument("vkeys", nargs=-1, required=True, metavar="VKEY...")
@click.option("--origin", help="日志名称,默认取公钥之名。The log's origin; its keys' name unless given.")
@click.option(
    "--require-ml-dsa/--no-require-ml-dsa",
    default=None,
    help="是否必须有抗量子签名;默认:有此公钥即必须。Whether ML-DSA-44 must be there; when it has such a key.",
)
@click.option("--replace", "replacing", is_flag=True, help="更换已登记日志的公钥。Change the keys of a known log.")
def add_log(
    folder: Path, vkeys: tuple[str, ...], origin: str | None, require_ml_dsa: bool | None, replacing: bool
) -> None:
    """登记一份日志及其公钥,立即生效。Serve one more log, known by its vkeys; counts at once.

    \b
    例 Example:
      hallmark witness add-log w1 verify.example/registry+1f2e3d4c+AQ… verify.example/registry+5a6b7c8d+Bg…
    """
    from hallmark.witness_serving import open_witness
    from registry.witnesses.known import known_log

    log = known_log(vkeys, origin=origin, require_ml_dsa=require_ml_dsa)
    open_witness(folder).add_log(log, replacing=replacing)
    click.echo(f"已登记 Added: {log.origin}")


@witness_group.command("key")
@_FOLDER
def key(folder: Path) -> None:
    """打印见证人公钥(vkey),交给日志运营者。Print the witness's vkeys, for the log's operator."""
    from hallmark.witness_serving import open_witness

    _tell_keys(open_witness(folder).keys())


@witness_group.command("status")
@_FOLDER
def status(folder: Path) -> None:
    """列出每份日志最后见证的大小与时间。What was cosigned last of each log: one JSON object a line."""
    from hallmark.witness_serving import open_witness

    witness = open_witness(folder)
    for origin in witness.book().logs:
        cosigner = witness.witness_of(origin)
        seen = cosigner.seen() if cosigner else None
        line = {"origin": origin, "size": seen.size if seen else None, "time": seen.time if seen else None}
        click.echo(json.dumps(line, ensure_ascii=False))


@witness_group.command("serve")
@_FOLDER
@click.option("--bind", default="127.0.0.1", show_default=True, help="监听地址。Address to listen on.")
@click.option("--port", default=8710, show_default=True, type=click.IntRange(1, 65535), help="端口。Port.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="进程数。Processes.")
def serve(folder: Path, bind: str, port: int, workers: int) -> None:
    """启动见证服务。Answer add-checkpoint, and show what was cosigned last.

    \b
    例 Example:
      hallmark witness serve w1        http://127.0.0.1:8710/add-checkpoint
    """
    from hallmark.witness_serving import open_witness, run

    open_witness(folder)
    click.echo(f"http://{bind}:{port}/add-checkpoint  (Ctrl-C 停止 stops)", err=True)
    run(folder, bind=bind, port=port, workers=workers)


@witness_group.command("log-keys")
@click.option("--own-witness", is_flag=True, help="改为打印本家见证人的公钥。Print the house's own witness's key.")
@click.pass_obj
def log_keys(house: House, own_witness: bool) -> None:
    """打印本家日志的公钥(vkey),交给见证人。Print this house's log vkeys, for a witness's operator.

    \b
    例 Example:
      hallmark --home house witness log-keys        (见证人用 the witness: hallmark witness add-log w1 …)
    """
    from registry.witnesses.known import KnownLog

    if own_witness:
        public_key = house.keystore.record("witness").public_key
        _tell_keys([NoteKey(WITNESS_NAME, COSIGNATURE_ED25519, public_key)])
    else:
        _tell_keys(KnownLog.of(house.log_identity).keys)


def _tell_keys(keys: list[NoteKey] | tuple[NoteKey, ...]) -> None:
    for each in keys:
        click.echo(each.to_vkey())
