"""The one command: `hallmark`. Puts the rooms' commands together and turns every error into one sentence and a status."""

import gc
import sys
from pathlib import Path
from typing import Any

import click

from hallmark.explaining import explain
from hallmark.house import House
from hallmark.settings import FILE_NAME, read_settings
from hallmark.strangers import Strangers


class _LazyHouse:
    """Opens the house when a command first asks for something of it, so that `--help` needs none."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._house: House | Strangers | None = None

    def close(self) -> None:
        """Let go of the house's databases at the end of the command."""
        if isinstance(self._house, House):
            self._house.close()

    def __getattr__(self, name: str) -> Any:
        if self._house is None:
            founded = (self.home / FILE_NAME).exists()
            self._house = House(read_settings(self.home)) if founded else Strangers(self.home)
        return getattr(self._house, name)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar="HALLMARK_HOME",
    default=Path("hallmark-home"),
    show_default=True,
    help="印信之家所在文件夹。The house's folder.",
)
@click.version_option(package_name="hallmark")
@click.pass_context
def hallmark(ctx: click.Context, home: Path) -> None:
    """Hallmark 印信:签发、登记、核验职称、职业资格与博士后电子证书。

    Sign, register and verify certificates of professional title, qualification and postdoc.

    \b
    从这里开始 Start here:
      hallmark demo --folder demo          一条龙演示 the whole job, on real input
      hallmark verify certificate.pdf      核验 check one certificate
    """
    if ctx.obj is None:
        ctx.obj = _LazyHouse(home)
        ctx.call_on_close(ctx.obj.close)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the process's exit status is returned by way of `sys.exit`."""
    _assemble()
    gc.freeze()  # what is loaded now stays to the end; walking it at every collection costs a tenth of the issuing rate
    try:
        status = hallmark.main(args=arguments, prog_name="hallmark", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the top: every error becomes a sentence
        explained = explain(error)
        for line in explained.lines:
            click.echo(line, err=True)
        sys.exit(explained.status)
    sys.exit(status if isinstance(status, int) else 0)


def _assemble() -> None:
    """Add every room's commands to the group."""
    from hallmark import cli_house, cli_registry
    from hallmark.cli_api_keys import api_key_group
    from hallmark.cli_expected import expected
    from hallmark.cli_lists import list_group
    from hallmark.cli_operator import end_command
    from hallmark.cli_receipts import receipt_key
    from hallmark.cli_reports import reports_group
    from hallmark.cli_roots import roots_group
    from hallmark.cli_upgrade import upgrade
    from hallmark.cli_witness import witness_group
    from issuers.cli import COMMANDS as ISSUERS
    from keys.cli import keys_group
    from registry.cli import registry_group
    from registry.cli_api import api_log, client_group
    from registry.monitor.cli import monitor
    from verifier.cli import verify
    from verifier.cli_many import verify_many

    for command in (client_group, api_log, end_command, *cli_registry.REGISTRY_COMMANDS):
        registry_group.add_command(command)
    rooms = (verify, keys_group, registry_group, witness_group, list_group, monitor, expected, roots_group, upgrade)
    for command in (
        *ISSUERS,
        *cli_house.COMMANDS,
        *cli_registry.COMMANDS,
        *rooms,
        api_key_group,
        reports_group,
        receipt_key,
        verify_many,
    ):
        hallmark.add_command(command)
