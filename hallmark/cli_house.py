"""Commands about the house as a whole: found it, serve it, bundle it, audit it, back it up, show it."""

import sys
import time
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import Progress

from hallmark.house import House
from registry.publish import Publication
from registry.replay import Finding
from web.messages import LANGUAGES, say


@click.command("init")
@click.option(
    "--host", required=True, help="核验网址的主机名,最长 20 字符。The verifier's host, at most 20 characters."
)
@click.option(
    "--bodies",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="发证机关 CSV。Issuing bodies.",
)
@click.option(
    "--committees",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="评审委员会 CSV。Committees.",
)
@click.option("--test", is_flag=True, help="测试用,所有产物带测试标记。A test house; marks all it makes.")
@click.option("--registry-database", metavar="URL", help="登记簿的空数据库。An empty database for the registry.")
@click.option("--ledger-database", metavar="URL", help="台账的空数据库。An empty database for the ledger.")
@click.option(
    "--registry-only", is_flag=True, help="只作登记簿,机关以 join 加入。Keep a registry only; bodies join it."
)
@click.option("--api-url", default="", metavar="URL", help="发证机关访问的地址。Where issuers ask this registry.")
@click.pass_context
def init(
    ctx: click.Context,
    *,
    host: str,
    bodies: Path,
    committees: Path,
    test: bool,
    registry_database: str | None,
    ledger_database: str | None,
    registry_only: bool,
    api_url: str,
) -> None:
    """建立新的印信之家:密钥、信任根、登记簿、名单。Found a new house: keys, roots, log, lists.

    数据库默认为家文件夹里的 SQLite;PostgreSQL 用 URL,密码放在 ~/.pgpass。
    Databases are SQLite files in the folder unless a URL names PostgreSQL; its password stands in ~/.pgpass.

    \b
    例 Example:
      HALLMARK_KEY_PASSPHRASE=… hallmark --home house init --host verify.example --bodies bodies.csv --committees committees.csv
      … --registry-database postgresql+psycopg://hallmark@db/registry --ledger-database postgresql+psycopg://hallmark@db/ledger
    """
    from hallmark.founding import found

    named = {"registry_database": registry_database, "ledger_database": ledger_database}
    databases = {member: url for member, url in named.items() if url is not None}
    house = found(
        ctx.obj.home,
        host=host,
        test=test,
        bodies=bodies,
        committees=committees,
        databases=databases,
        registry_only=registry_only,
        api_url=api_url,
    )
    click.echo(f"已建立 Founded: {house.settings.home} ({house.settings.verifier_address})")


@click.command("serve")
@click.option("--bind", default="127.0.0.1", show_default=True, help="监听地址。Address to listen on.")
@click.option("--port", default=8700, show_default=True, type=click.IntRange(1, 65535), help="端口。Port.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="进程数。Processes.")
@click.option(
    "--publish/--no-publish",
    "publishing",
    default=True,
    show_default=True,
    help="是否同时更新公开文件夹(不更新则无需口令)。Keep the published folder fresh too; without, no passphrase is needed.",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    help="运行指标(Prometheus)的端口,只在本机。Port of the figures for Prometheus, on 127.0.0.1 only.",
)
@click.pass_obj
def serve(house: House, *, bind: str, port: int, workers: int, publishing: bool, metrics_port: int | None) -> None:
    """启动核验网页与登记簿(单进程)。Serve the verifier and the registry's published folder.

    \b
    例 Example:
      hallmark --home demo/house serve        http://127.0.0.1:8700/
    """
    from hallmark.serving import run
    from hallmark.settings import passphrase

    house.require_registry()
    if house.settings.lookup:
        passphrase(house.settings)  # or each worker would fail by itself
    home = house.settings.home
    click.echo(f"http://{bind}:{port}/  (Ctrl-C 停止 stops)", err=True)
    run(home, bind=bind, port=port, workers=workers, publishing=publishing, metrics_port=metrics_port)


@click.command("publish")
@click.option("--every", type=click.IntRange(1, 86_400), help="每隔若干秒重复。Repeat every so many seconds.")
@click.pass_obj
def publish(house: House, every: int | None) -> None:
    """更新公开文件夹:登记簿、状态名单、信任名单。Bring the published folder up to date; `serve` does so by itself.

    With --every it goes on: within seconds after each change, and every so many seconds without one.
    """
    from hallmark.publishing import LOOK, Published, publish_if_due

    house.require_registry()
    published = house.publish()
    assert published is not None
    click.echo(f"{house.settings.public}: log size {published.size}, {published.written} files written")
    tell_missing(published)
    last: Published | None = Published(published.size, house.clock())
    while every is not None:
        time.sleep(min(LOOK, every))
        last = publish_if_due(house, last, every)


def tell_missing(published: Publication | None) -> None:
    """Say which witnesses did not cosign, and why; publishing went on without them."""
    for missing in published.missing if published else ():
        click.echo(f"{missing.witness}: [{missing.code}]", err=True)


@click.command("bundle")
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--tiles/--no-tiles", default=True, show_default=True, help="是否带登记簿证据。With the log's evidence or without."
)
@click.pass_obj
def bundle(house: House, target: Path, tiles: bool) -> None:
    """制作签名的离线核验包。Make a signed offline bundle for verifiers without a network.

    \b
    例 Example:
      hallmark bundle today.hallmark
    """
    from registry.bundle import write_bundle

    house.require_registry()
    house.publish()
    signer = house.keystore.signer("bundle")
    manifest = write_bundle(house.settings.public, target, signer, house.clock(), with_tiles=tiles)
    click.echo(f"{target}: {len(manifest.members)} files, {target.stat().st_size} bytes")


@click.command("audit")
@click.pass_obj
def audit(house: House) -> None:
    """重放整个登记簿,再核对台账:每个根、签名、证书。Replay the whole log, then the ledger against it.

    \b
    退出码 Exit status: 0 无异常 clean, 1 有发现 findings.
    """
    from registry.cli import told

    if house.settings.remote:
        for lang in LANGUAGES:
            click.echo(say("hallmark.audit_from_outside", lang), err=True)
    findings = run_audit(house)
    for finding in findings:
        click.echo(told(finding), err=True)
    click.echo(f"发现 findings: {len(findings)}")
    if findings:
        sys.exit(1)


def run_audit(house: House) -> list[Finding]:
    """Audit log and ledger with a progress bar."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("审计 auditing", total=None)
        return house.audit(lambda done, total: progress.update(task, completed=done, total=total))


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_obj
def backup(house: House, target: Path) -> None:
    """备份密钥与数据库(同一时刻)。Back up keys and stores from one moment.

    The passphrase is not in the backup. Keep it elsewhere.
    """
    from hallmark.backup import back_up

    click.echo(f"{target}: {back_up(house, target)} bytes")


@click.command("restore")
@click.argument("backup_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--published",
    required=True,
    metavar="URL|FOLDER",
    help="已公开的登记簿,用来判断备份是否过旧。The published registry, to tell whether the backup is too old.",
)
@click.pass_context
def restore(ctx: click.Context, backup_file: Path, published: str) -> None:
    """恢复到空文件夹(--home)。Restore into an empty folder (--home); an old backup will refuse to sign."""
    from hallmark.backup import restore as restore_backup
    from verifier.gather import FolderSource, HttpsSource

    source = HttpsSource(published) if "://" in published else FolderSource(Path(published))
    house = restore_backup(backup_file, ctx.obj.home, source)
    click.echo(f"已恢复 Restored: {house.settings.home}")
    house.publish()


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """打印命令补全脚本。Print the shell completion script: eval "$(hallmark completion bash)"."""
    from click.shell_completion import get_completion_class

    from hallmark.cli import hallmark

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(hallmark, {}, "hallmark", "_HALLMARK_COMPLETE").source())


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="演示文件夹,会被重建。The demo's folder; it is made anew.",
)
def demo(folder: Path) -> None:
    """一条龙演示:导入、签发、打印、离线核验、吊销。The whole job: import, issue, print, verify offline, revoke."""
    from hallmark.demo.story import tell

    if not tell(folder):
        sys.exit(1)


COMMANDS: Final = (init, serve, publish, bundle, audit, backup, restore, completion, demo)
