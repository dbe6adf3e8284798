"""`hallmark verify-many`: a table, a folder or a ZIP, one line of result for each, and a signed summary."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import click

from verifier.bulk.journal import Journal
from verifier.bulk.lines import brief
from verifier.bulk.sources import Item, items_in
from verifier.bulk.table import COLUMNS, row_of
from verifier.check import check
from verifier.policy import OFFLINE, ONLINE
from verifier.receipts.errors import ReceiptsNotGiven
from verifier.receipts.making import Counting
from verifier.receipts.printing import write_receipt
from verifier.terminal import VerifierHouse, gatherer_for, verdict_on
from verifier.verdict import EXIT_STATUS, Result, Verdict
from web.messages import LANGUAGES, say
from web.sheets.writing import write_table

SHOWN_EVERY: Final = 250
WORST: Final = (1, 2, 3, 0)


@click.command("verify-many")
@click.argument("source", metavar="CSV|XLSX|ZIP|FOLDER", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="结果文件:.csv 或 .xlsx。The result file: .csv or .xlsx.",
)
@click.option("--resume", is_flag=True, help="接着上次没做完的做。Go on where a stopped run was.")
@click.option(
    "--summary",
    type=click.Path(dir_okay=False, path_type=Path),
    help="签名的汇总回执:.jwt 或 .pdf。A signed summary: a .jwt or a .pdf.",
)
@click.option("--offline", is_flag=True, help="不联网,只用离线包。Use no network, only the bundle.")
@click.option("--bundle", "bundle_file", type=click.Path(path_type=Path), help="签名的离线包。A signed offline bundle.")
@click.option(
    "--registry", metavar="URL|FOLDER", help="登记簿的公开地址或文件夹。The registry's public address or folder."
)
@click.option("--roots", "roots_file", type=click.Path(path_type=Path), help="信任根文件。The root of trust.")
@click.pass_obj
def verify_many(  # noqa: PLR0917  # click passes each option by its name
    house: VerifierHouse,
    source: Path,
    out: Path,
    resume: bool,
    summary: Path | None,
    offline: bool,
    bundle_file: Path | None,
    registry: str | None,
    roots_file: Path | None,
) -> None:
    """批量核验:表格的一列、文件夹或 ZIP 中的图片与 PDF。Verify many certificates.

    \b
    表格要有一列叫“二维码内容”(或 text)。A table needs a column 二维码内容 or text.
    退出码 Exit status: 0 全部有效 all valid; 否则取最差 else the worst: 1, 2, 3
    \b
    例 Examples:
      hallmark verify-many people.xlsx --out results.xlsx --summary summary.pdf
      hallmark verify-many scans.zip --out results.csv
      hallmark verify-many scans.zip --out results.csv --resume
    """
    policy = replace(OFFLINE if offline or bundle_file else ONLINE)
    with gatherer_for(house, policy, bundle_file, registry, roots_file, offline=offline) as gatherer:
        desk = house.receipt_desk(gatherer.roots)
        if summary is not None and not desk.gives:
            raise ReceiptsNotGiven

        def judge(text: str, proof: bytes | None) -> Verdict:
            return check(text, gatherer.evidence_for(text), policy, now=house.clock(), proof=proof)

        with Journal(out, resume=resume, now=house.clock()) as journal:
            run = _Run(journal, Counting(journal.began_at, journal.counts.copy()), judge, house.clock)
            run.all(source)
            rows = (row_of(each["line"], each["name"], each["sha256"], each["answer"]) for each in journal.entries())
            write_table(out, COLUMNS, rows)
            journal.remove()
    if summary is not None:
        digest = sha256(out.read_bytes()).hexdigest()
        write_receipt(summary, desk.sealed(run.counting.summary(digest, house.clock())))
    _tell(run.counting)


@dataclass(slots=True)
class _Run:
    """One run under way."""

    journal: Journal
    counting: Counting
    judge: Callable[[str, bytes | None], Verdict]
    clock: Callable[[], int]

    def all(self, source: Path) -> None:
        """Answer every item that the journal does not hold yet."""
        for item in items_in(source):
            if not self.journal.has(item.number, item.digest):
                self._one(item)
            if item.number % SHOWN_EVERY == 0 and sys.stderr.isatty():
                click.echo(f"\r{item.number}", nl=False, err=True)

    def _one(self, item: Item) -> None:
        verdict, _ = verdict_on(item.found, self.judge, self.clock())
        self.counting.add(verdict)
        self.journal.add(item.number, item.name, item.digest, brief(verdict))


def _tell(counting: Counting) -> None:
    """Say how many gave which answer, and leave with the worst exit status."""
    for lang in LANGUAGES:
        click.echo(say("verifier.bulk_done", lang, rows=counting.counts.total()))
        for result, count in sorted(counting.counts.items()):
            click.echo(f"  {count:>7}  {say(f'result.{result}.title', lang)}")
    found = {EXIT_STATUS[Result(result)] for result in counting.counts}
    sys.exit(next((status for status in WORST if status in found), 3))
