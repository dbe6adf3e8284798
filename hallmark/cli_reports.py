"""`hallmark reports`: what people reported as fake. The box is opened once; reading needs the passphrase."""

from datetime import UTC, datetime
from pathlib import Path

import click

from hallmark.house import House
from hallmark.reports import Reports, write_out


@click.group("reports")
def reports_group() -> None:
    """假证书举报信箱 · The box of reports of fakes."""


@reports_group.command("open")
@click.pass_obj
def open_box(house: House) -> None:
    """开始接收举报 · Take reports from now on: the form appears on the page when `serve` starts again."""
    box_of(house).open(house.report_secret)
    click.echo(f"已开放 Open: {house.settings.home / 'reports'}")


@reports_group.command("list")
@click.pass_obj
def list_reports(house: House) -> None:
    """列出举报 · List the reports: reference and size."""
    for each in box_of(house).listed():
        click.echo(f"{each.reference}\t{each.size}")


@reports_group.command("read")
@click.argument("reference")
@click.option(
    "--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="文件夹 · Folder."
)
@click.pass_obj
def read(house: House, reference: str, folder: Path) -> None:
    """解密一份举报到文件夹 · Decrypt a report into a folder. Open the evidence with care: a stranger sent it."""
    report = box_of(house).read(reference, house.report_secret)
    click.echo(f"{datetime.fromtimestamp(report['at'], UTC).isoformat()} {report['kind']}")
    for file in write_out(report, folder):
        click.echo(str(file))


@reports_group.command("remove")
@click.argument("reference")
@click.pass_obj
def remove(house: House, reference: str) -> None:
    """删除一份举报 · Delete a report that was dealt with."""
    box_of(house).remove(reference)
    click.echo(f"已删除 Removed: {reference}")


def box_of(house: House) -> Reports:
    """The box of a house."""
    return Reports(house.settings.home / "reports", house.clock)
