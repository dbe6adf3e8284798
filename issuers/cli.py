"""The issuing body's commands: issue from a spreadsheet, print, supersede, look up."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import repeat
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import Progress

from credentials.dates import CHINA
from credentials.envelope import read_document
from credentials.identifiers import check_number
from credentials.kinds import Kind
from credentials.qrtext import to_text
from issuers.cli_documents import COMMANDS as DOCUMENTS
from issuers.cli_documents import proofs_of
from issuers.cli_status import COMMANDS as CHANGES
from issuers.cli_status import change, change_options, chosen_records, effective_at
from issuers.house import IssuersHouse
from issuers.records import Record
from issuers.refusals import SuccessorDiffers
from issuers.render import PrintItem, PrintRun, render_many
from issuers.report import row_line, summary, summary_lines, write_report
from issuers.rows import CheckedRow, Outcome, check_rows
from web.messages import LANGUAGES, say
from web.sheets.reading import read_rows

KINDS: Final = click.Choice([kind.value for kind in Kind])


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
    退出码 Exit status: 0 无退回 no row refused, 1 有退回 some were refused (the others are issued)
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
        done = issue_rows(house, checked, kind, file.name)
        click.echo(
            f"签发 {done.released} 份,此前已签发 {done.known} 份。Issued {done.released}; {done.known} had been issued before."
        )
        for batch in done.batches:
            click.echo(f"批次 batch\t{batch}")
    if any(row.outcome is Outcome.REFUSED for row in checked):
        raise click.exceptions.Exit(1)


def progress_bar() -> Progress:
    """A bar on the terminal's error channel; nothing at all where no person watches."""
    return Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())


def told(checked: Iterable[CheckedRow]) -> Iterator[str]:
    """The rows that need a person's eye, then the totals, in Chinese and English."""
    rows = list(checked)
    for row in rows:
        if row.outcome is Outcome.REFUSED:
            yield row_line(row, "zh")
            yield row_line(row, "en")
    for lang in ("zh", "en"):
        yield from summary_lines(summary(rows), lang)


@dataclass(frozen=True, slots=True)
class IssuedRows:
    """What became of a file's accepted rows, and the batches they stand in."""

    released: int
    known: int
    batches: tuple[str, ...]


def issue_rows(house: IssuersHouse, checked: Iterable[CheckedRow], kind: str, source: str) -> IssuedRows:
    """Finish what an earlier run left, issue what is new, publish."""
    batches = list(house.ledger.unreleased())
    released, known = house.issuing_desk.resume(), 0
    rows = [row for row in checked if row.draft is not None]
    with progress_bar() as progress:
        task = progress.add_task("签发 issuing", total=len(rows))
        for done in house.issuing_desk.issue(rows, kind=kind, source=source):
            released, known = released + done.released, known + len(done.known)
            batches += done.batches
            progress.update(task, completed=released + known)
    house.publish()
    return IssuedRows(released, known, tuple(batches))


@click.command("render")
@click.argument("numbers", nargs=-1)
@click.option("--batch", help="整批。A whole batch.")
@click.option("--kind", type=KINDS, help="整类。A whole kind.")
@click.option("--all", "everything", is_flag=True, help="全部。Everything.")
@click.option(
    "--to", "target", required=True, type=click.Path(path_type=Path), help="文件夹或 .zip。A folder or a .zip file."
)
@click.option("--no-proof", is_flag=True, help="不附登记证明(见证人联系不上时)。Without the proof of registration.")
@click.pass_obj
def render(  # noqa: PLR0917  # click passes each option by its name
    house: IssuersHouse,
    numbers: tuple[str, ...],
    batch: str | None,
    kind: str | None,
    everything: bool,
    target: Path,
    no_proof: bool,
) -> None:
    """打印证书为 PDF,附登记证明。Print certificates as PDF, with their proof of registration attached.

    \b
    例 Examples:
      hallmark render 040G2081040GD --to .
      hallmark render --kind title --to titles.zip
    """
    records = chosen_records(house.ledger, numbers, batch=batch, kind=kind, everything=everything)
    if not records:
        raise click.UsageError(
            "请给出证书编号、--batch、--kind 或 --all。Name certificate numbers, --batch, --kind or --all."
        )
    run = render_records(house, records, target, with_proofs=not no_proof)
    for number, defect in run.refused:
        for lang in LANGUAGES:
            click.echo(f"{number}: {say(defect.code, lang, **defect.params)}", err=True)
    click.echo(f"{run.printed} PDF -> {target}")
    if run.refused:
        raise click.exceptions.Exit(1)


def print_items(house: IssuersHouse, records: Sequence[Record], *, with_proofs: bool = True) -> Iterator[PrintItem]:
    """What the printer needs for each record: the sealed bytes in the ledger, and the proof that they are registered."""
    host = house.print_settings().host
    english = {body.code: body.name_en for body in house.trust.bodies}
    proofs: Iterable[bytes | None] = proofs_of(house, records) if with_proofs else repeat(None, len(records))
    for record, proof in zip(records, proofs, strict=True):
        token, document = house.ledger.sealed_bytes(record.number)
        credential = read_document(document).credential
        yield PrintItem(credential, to_text(host, token), document, english.get(record.body_code), proof)


def render_records(
    house: IssuersHouse, records: Sequence[Record], target: Path, *, with_proofs: bool = True
) -> PrintRun:
    """Print `records` into a folder or a ZIP with a progress bar."""
    settings = house.print_settings()
    with progress_bar() as progress:
        task = progress.add_task("打印 printing", total=len(records))

        def advance(run: PrintRun) -> None:
            progress.update(task, completed=run.printed + len(run.refused))

        return render_many(
            print_items(house, records, with_proofs=with_proofs),
            target,
            advance,
            verifier_address=settings.verifier_address,
            test=settings.test,
        )


@click.command("supersede")
@click.argument("number")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", required=True, type=KINDS, help="证书种类。What is certified.")
@change_options
@click.pass_obj
def supersede(house: IssuersHouse, /, number: str, file: Path, kind: str, **options: Any) -> None:
    """换发:用更正后的一行表格签发新证,旧证注明已换发。Replace a certificate by a corrected one (a file with one row).

    \b
    例 Example:
      hallmark supersede 040G2081040GD corrected.csv --kind title
    """
    old = house.status_desk.require_allowed(check_number(number), "superseded")
    effective_at(options["effective"], house.clock())  # refused before anything is issued
    checked = check_file(house, file, Kind(kind))
    accepted = [row for row in checked if row.draft is not None]
    if len(checked) != 1 or len(accepted) != 1:
        for line in told(checked):
            click.echo(line)
        raise click.UsageError("文件须恰有一行且无误。The file must hold exactly one row, without defects.")
    row = _in_place_of(house, old, accepted[0])
    issue_rows(house, [row], kind, file.name)
    successor = house.ledger.already_issued([row.source_key])[row.source_key]
    change(house, "superseded", [old], options, successor)
    click.echo(f"新证 successor: {successor}")


def _in_place_of(house: IssuersHouse, old: Record, row: CheckedRow) -> CheckedRow:
    """The row as successor of `old`: for the same person, and under a key of its own when the award is the same.

    The award's own key stays with the old certificate, so a later import of the whole file issues it no third time.
    """
    assert row.draft is not None
    holder = read_document(house.ledger.sealed_bytes(old.number)[1]).credential.holder
    same_person = row.draft.holder.name == holder.name or row.draft.holder.id_tail == holder.id_tail
    if not same_person or row.draft.issuer_code != old.body_code:
        raise SuccessorDiffers(number=old.number)
    if house.ledger.already_issued([row.source_key]).get(row.source_key) != old.number:
        return row
    return replace(row, source_key=sha256(b"in place of " + old.number.encode() + row.source_key).digest())


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
            f"{record.number}\t{record.kind}\t{record.state}{follows}\tlist {record.list} slot {record.index}\tlog {record.log_index}\tbatch {record.batch}"
        )


COMMANDS: Final = (
    issue,
    render,
    supersede,
    status,
    *DOCUMENTS,
    *CHANGES,
)

__all__ = ["COMMANDS", "change", "check_file", "effective_at", "issue_rows", "print_items", "render_records", "told"]
