"""The issuing body's commands: issue from a spreadsheet, print, and change status."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final, Protocol

import click
from rich.progress import Progress

from credentials.dates import CHINA
from credentials.envelope import read_document
from credentials.identifiers import check_number
from credentials.kinds import Kind
from credentials.qrtext import to_text
from issuers.changes import Order, StatusDesk
from issuers.importer import read_rows
from issuers.issue import IssuingDesk
from issuers.ledger import Ledger, Record
from issuers.render import PrintItem, PrintRun, render_many
from issuers.report import row_line, summary, summary_lines, write_report
from issuers.rows import CheckedRow, Outcome, check_rows
from registry.catalogue import Catalogue
from registry.trust import TrustList

KINDS: Final = click.Choice([kind.value for kind in Kind])


class PrintSettings(Protocol):
    """What stands on every printed page."""

    @property
    def host(self) -> str:
        """The verifier's host, in the QR code."""
        ...

    @property
    def verifier_address(self) -> str:
        """The official address, in print."""
        ...

    @property
    def test(self) -> bool:
        """Whether the page is marked 测试 / TEST."""
        ...


class IssuersHouse(Protocol):
    """What `hallmark` hands these commands."""

    @property
    def clock(self) -> Callable[[], int]:
        """UNIX seconds now."""
        ...

    @property
    def issuing_desk(self) -> IssuingDesk:
        """Issues certificates."""
        ...

    @property
    def status_desk(self) -> StatusDesk:
        """Changes their status."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What was issued."""
        ...

    @property
    def source_key_secret(self) -> bytes:
        """The key of the digests by which a row is recognised on re-import."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """Which titles and qualifications exist."""
        ...

    @property
    def trust(self) -> TrustList:
        """Who may award what."""
        ...

    def publish(self) -> object:
        """Bring the published folder up to date."""
        ...

    def print_settings(self) -> PrintSettings:
        """What stands on every printed page."""
        ...


def check_file(house: IssuersHouse, file: Path, kind: Kind) -> list[CheckedRow]:
    """Read a spreadsheet and check every row against the catalogue and the trust list."""
    today = datetime.fromtimestamp(house.clock(), UTC).astimezone(CHINA).date()
    sheet = read_rows(file)
    return list(
        check_rows(
            sheet,
            kind,
            catalogue=house.catalogue,
            trust=house.trust,
            today=today,
            source_key_secret=house.source_key_secret,
        )
    )


@click.command("issue")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", required=True, type=KINDS, help="证书种类。What is certified.")
@click.option("--dry-run", is_flag=True, help="只检查并写出报告,不签发。Check and write the report; sign nothing.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(path_type=Path),
    help="逐行报告 (.csv/.xlsx)。Where to write the row-by-row report.",
)
@click.pass_obj
def issue(house: IssuersHouse, file: Path, kind: str, dry_run: bool, report_file: Path | None) -> None:
    """从表格签发证书,逐行检查。Issue certificates from a spreadsheet, row by row.

    \b
    例 Examples:
      hallmark issue titles.xlsx --kind title --dry-run
      hallmark issue titles.csv --kind title --report titles.report.csv
    """
    checked = check_file(house, file, Kind(kind))
    if dry_run and report_file is None:
        report_file = Path(f"{file.stem}.report.csv")
    if report_file is not None:
        write_report(checked, report_file)
        click.echo(f"报告 Report: {report_file}")
    for line in told(checked):
        click.echo(line)
    if not dry_run:
        released, known = issue_rows(house, checked, kind, file.name)
        click.echo(f"签发 {released} 份,此前已签发 {known} 份。Issued {released}; {known} had been issued before.")
    if any(row.outcome is Outcome.REFUSED for row in checked):
        raise click.exceptions.Exit(1)


def told(checked: Iterable[CheckedRow]) -> Iterator[str]:
    """The rows that need a person's eye, then the totals, in Chinese and English."""
    rows = list(checked)
    for row in rows:
        if row.outcome is Outcome.REFUSED:
            yield row_line(row, "zh")
            yield row_line(row, "en")
    for lang in ("zh", "en"):
        yield from summary_lines(summary(rows), lang)


def issue_rows(house: IssuersHouse, checked: Iterable[CheckedRow], kind: str, source: str) -> tuple[int, int]:
    """Finish what an earlier run left, issue what is new, publish; return (released, already known)."""
    released, known = house.issuing_desk.resume(), 0
    rows = [row for row in checked if row.draft is not None]
    with Progress(transient=True) as progress:
        task = progress.add_task("签发 issuing", total=len(rows))
        for done in house.issuing_desk.issue(rows, kind=kind, source=source):
            released, known = released + done.released, known + len(done.known)
            progress.update(task, completed=released + known)
    house.publish()
    return released, known


@click.command("render")
@click.argument("numbers", nargs=-1)
@click.option("--batch", help="整批。A whole batch.")
@click.option("--kind", type=KINDS, help="整类。A whole kind.")
@click.option("--all", "everything", is_flag=True, help="全部。Everything.")
@click.option(
    "--to", "target", required=True, type=click.Path(path_type=Path), help="文件夹或 .zip。A folder or a .zip file."
)
@click.pass_obj
def render(
    house: IssuersHouse, numbers: tuple[str, ...], batch: str | None, kind: str | None, everything: bool, target: Path
) -> None:
    """打印证书为 PDF。Print certificates as PDF.

    \b
    例 Examples:
      hallmark render 7K2M9P4Q3W8XA --to .
      hallmark render --kind title --to titles.zip
    """
    records = chosen_records(house.ledger, numbers, batch=batch, kind=kind, everything=everything)
    if not records:
        raise click.UsageError(
            "请给出证书编号、--batch、--kind 或 --all。Name certificate numbers, --batch, --kind or --all."
        )
    run = render_records(house, records, target)
    for number, defect in run.refused:
        click.echo(f"{number}: {defect}", err=True)
    click.echo(f"{run.printed} PDF -> {target}")
    if run.refused:
        raise click.exceptions.Exit(1)


def chosen_records(
    ledger: Ledger, numbers: Iterable[str], *, batch: str | None, kind: str | None, everything: bool
) -> list[Record]:
    """The released certificates that a command line names."""
    if batch or kind or everything:
        return list(ledger.records(batch=batch, kind=kind))
    return [ledger.record(check_number(number)) for number in numbers]


def print_items(house: IssuersHouse, records: Iterable[Record]) -> Iterator[PrintItem]:
    """What the printer needs for each record, from the sealed bytes in the ledger."""
    host = house.print_settings().host
    english = {body.code: body.name_en for body in house.trust.bodies}
    for record in records:
        token, document = house.ledger.sealed_bytes(record.number)
        credential = read_document(document).credential
        yield PrintItem(credential, to_text(host, token), document, english.get(record.body_code))


def render_records(house: IssuersHouse, records: list[Record], target: Path) -> PrintRun:
    """Print `records` into a folder or a ZIP with a progress bar."""
    settings = house.print_settings()
    with Progress(transient=True) as progress:
        task = progress.add_task("打印 printing", total=len(records))

        def advance(run: PrintRun) -> None:
            progress.update(task, completed=run.printed + len(run.refused))

        return render_many(
            print_items(house, records),
            target,
            advance,
            verifier_address=settings.verifier_address,
            test=settings.test,
        )


# status ------------------------------------------------------------------------------------------------------------

_EVENTS: Final = {
    "revoke": ("revoked", "吊销证书(自某日起失效)。End certificates as a penalty, from a date."),
    "rescind": ("rescinded", "撤销证书(自始无效)。Declare certificates void from the start."),
    "cancel": ("cancelled", "注销证书(过去的有效不受影响)。End certificates; their past stands."),
    "suspend": ("suspended", "暂扣证书。Suspend certificates."),
    "reinstate": ("reinstated", "发还暂扣的证书。Reinstate suspended certificates."),
    "transfer": ("transferred", "办理转出。Transfer certificates out."),
}


def _status_command(name: str, event: str, help_text: str) -> click.Command:
    @click.command(
        name,
        help=f"{help_text}\n\n\b\n例 Examples:\n  hallmark {name} 7K2M9P4Q3W8XA\n  hallmark {name} --file numbers.txt --document-no 沪人社〔2026〕1号",
    )
    @click.argument("numbers", nargs=-1)
    @_change_options
    @click.pass_obj
    def command(house: IssuersHouse, /, numbers: tuple[str, ...], **options: Any) -> None:
        change(house, event, numbers, options)

    return command


def _change_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option(
            "--file",
            "numbers_file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="编号文件,每行一个。A file of numbers, one a line.",
        ),
        click.option("--batch", help="整批。A whole batch."),
        click.option("--effective", metavar="YYYY-MM-DD", help="生效日期,默认现在。When it takes effect; default now."),
        click.option("--reason", help="原因代码。Reason code."),
        click.option("--document-no", default="", help="文号。Document number."),
        click.option("--authority", help="决定机关,默认发证机关。Who decided; default the issuing body."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def change(
    house: IssuersHouse, event: str, numbers: Iterable[str], options: dict[str, Any], successor: str | None = None
) -> None:
    """Apply one event to the certificates that the options name, publish, and say what was done."""
    named = [*numbers, *_numbers_in(options.get("numbers_file"))]
    records = chosen_records(house.ledger, named, batch=options.get("batch"), kind=None, everything=False)
    if not records:
        raise click.UsageError("请给出证书编号、--file 或 --batch。Name certificate numbers, --file or --batch.")
    order = Order(
        event=event,
        effective_at=effective_at(options.get("effective"), house.clock()),
        authority=options.get("authority") or records[0].body_code,
        reason=options.get("reason"),
        document_no=options.get("document_no") or "",
        successor=successor,
    )
    changed = house.status_desk.change([record.number for record in records], order)
    house.publish()
    click.echo(f"{event}: {len(records)} 份 certificate(s); log {changed.indices[0]}-{changed.indices[-1]}")


def _numbers_in(file: Path | None) -> list[str]:
    if file is None:
        return []
    return [line.strip() for line in file.read_text("utf-8-sig").splitlines() if line.strip()]


def effective_at(day: str | None, now: int) -> int:
    """The first second of `day` in China, or now. Raises a usage error for anything but a calendar day."""
    if day is None:
        return now
    try:
        return int(datetime.combine(date.fromisoformat(day), time(0), CHINA).timestamp())
    except ValueError:
        raise click.UsageError(f"日期应为 YYYY-MM-DD。Not a day as YYYY-MM-DD: {day}") from None


@click.command("supersede")
@click.argument("number")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", required=True, type=KINDS, help="证书种类。What is certified.")
@_change_options
@click.pass_obj
def supersede(house: IssuersHouse, /, number: str, file: Path, kind: str, **options: Any) -> None:
    """换发:用更正后的一行表格签发新证,旧证注明已换发。Replace a certificate by a corrected one (a file with one row)."""
    checked = check_file(house, file, Kind(kind))
    accepted = [row for row in checked if row.draft is not None]
    if len(checked) != 1 or len(accepted) != 1:
        for line in told(checked):
            click.echo(line)
        raise click.UsageError("文件须恰有一行且无误。The file must hold exactly one row, without defects.")
    issue_rows(house, accepted, kind, file.name)
    successor = house.ledger.already_issued([accepted[0].source_key])[accepted[0].source_key]
    change(house, "superseded", [number], options, successor)
    click.echo(f"新证 successor: {successor}")


@click.command("status")
@click.argument("numbers", nargs=-1)
@click.pass_obj
def status(house: IssuersHouse, numbers: tuple[str, ...]) -> None:
    """台账中的状态;不给编号则列出总数。What the ledger says; without numbers, the counts."""
    if not numbers:
        for state, count in sorted(house.ledger.counts().items()):
            click.echo(f"{state}\t{count}")
    for number in numbers:
        record = house.ledger.record(check_number(number))
        follows = f" -> {record.successor}" if record.successor else ""
        click.echo(
            f"{record.number}\t{record.kind}\t{record.state}{follows}\tlist {record.list} slot {record.index}\tlog {record.log_index}"
        )


COMMANDS: Final = (
    issue,
    render,
    supersede,
    status,
    *(_status_command(name, event, text) for name, (event, text) in _EVENTS.items()),
)
