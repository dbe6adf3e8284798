"""The command `registry publish`: another published folder, for a mirror or a content network, kept as current as our own."""

import sys
import time
from pathlib import Path
from typing import Protocol

import click

from registry.errors import RegistryError
from registry.publish import Publication
from registry.shelf import require_ours
from web.messages import MessageMissing, say


class Publisher(Protocol):
    """The part of the house that this command uses: the log, the status key, the witnesses; no ledger, no issuer's key."""

    def publish(self, folder: Path | None = None) -> Publication | None:
        """Bring a folder, else the house's own, up to the newest head; None where the registry stands elsewhere."""
        ...

    def require_registry(self) -> None:
        """Refuse where the registry stands elsewhere."""
        ...


@click.command("publish")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--every", type=click.IntRange(1, 86_400), help="每隔若干秒重复 · Repeat every so many seconds.")
@click.pass_obj
def publish_command(desk: Publisher, folder: Path, every: int | None) -> None:
    """把公开文件写到另一个文件夹,只写有变化的 · Lay the public files out in another folder; writes only what changed.

    可有任意多个文件夹。随时中断都无妨:检查点最后写,下次接着写完。
    Any number of folders. It may be killed at any moment: the checkpoint comes last, and the next run completes the rest.

    \b
    例 Example:
      hallmark registry publish /srv/mirror --every 60
    """
    desk.require_registry()
    require_ours(folder)
    _tell(folder, desk.publish(folder))
    while every is not None:
        time.sleep(every)
        try:
            _tell(folder, desk.publish(folder))
        except RegistryError as error:  # a full disk, a busy database, a witness too few: the next round may succeed
            click.echo(_sentence(error), err=True)


def _tell(folder: Path, published: Publication | None) -> None:
    assert published is not None  # the registry is here
    click.echo(f"{folder}: log size {published.size}, {published.written} files written")
    for missing in published.missing:
        click.echo(f"{missing.witness}: [{missing.code}]", err=True)
    sys.stdout.flush()


def _sentence(error: RegistryError) -> str:
    try:
        said = " · ".join(say(error.code, lang, **error.params) for lang in ("zh", "en"))
    except MessageMissing:
        said = str(error)
    return f"[{error.code}] {said}"
