"""The command `registry migrate`: the registry moves to another database."""

import sys

import click

from registry.moving import move


@click.command("migrate")
@click.option("--from", "source", required=True, metavar="URL", help="现在的数据库 · The database it is in.")
@click.option("--to", "target", required=True, metavar="URL", help="空的新数据库 · The empty one it goes to.")
def migrate_command(source: str, target: str) -> None:
    """把登记簿搬到另一个数据库,逐行核对并重算每个根 · Move the registry to another database and prove the copy.

    先停止写入。中断后再执行同一条命令即可续搬。完成后旧库封存,请改 hallmark.toml 的 registry_database。
    Stop the writers first. Cut off, the same command goes on. Afterwards the old database is sealed; let
    registry_database in hallmark.toml name the new one.

    \b
    例 Example:
      hallmark registry migrate --from sqlite:////srv/house/registry.db --to postgresql+psycopg://hallmark@db/registry
    """

    def tell(table: str, rows: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{table:16}{rows:12}", err=True, nl=False)

    moved = move(source, target, progress=tell)
    click.echo(f"已搬迁 Moved: {moved.head.size} {moved.head.root.hex()} ({sum(moved.rows.values())} 行 rows)")
