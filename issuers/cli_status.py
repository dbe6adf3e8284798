"""The commands that change what a certificate is worth: revoke, rescind, cancel, suspend, reinstate, transfer."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

import click

from credentials.dates import CHINA
from credentials.identifiers import check_number
from issuers.changes import Order
from issuers.house import IssuersHouse
from issuers.ledger import Ledger
from issuers.records import Record
from issuers.refusals import BatchUnknown
from web.sheets.errors import EncodingUnknown, FileTooLarge

EVENTS: Final = {
    "revoke": ("revoked", "吊销证书(自某日起失效)。End certificates as a penalty, from a date."),
    "rescind": ("rescinded", "撤销证书(自始无效)。Declare certificates void from the start."),
    "cancel": ("cancelled", "注销证书(过去的有效不受影响)。End certificates; their past stands."),
    "suspend": ("suspended", "暂扣证书。Suspend certificates."),
    "reinstate": ("reinstated", "发还暂扣的证书。Reinstate suspended certificates."),
    "transfer": ("transferred", "办理转出。Transfer certificates out."),
}
MAX_NUMBERS_FILE: Final = 4_000_000
MAX_TEXT: Final = 200
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ShortText(click.ParamType[str]):
    """A line of text that may stand in a signed detail: at most `MAX_TEXT` printable characters."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text, or refuse it."""
        if len(value) > MAX_TEXT or not value.isprintable():
            self.fail(f"1-{MAX_TEXT} printable characters on one line.", param, ctx)
        return str(value)


def _status_command(name: str, event: str, help_text: str) -> click.Command:
    examples = f"  hallmark {name} 040G2081040GD\n  hallmark {name} --file numbers.txt --document-no 沪人社〔2026〕1号"

    @click.command(name, help=f"{help_text}\n\n\b\n例 Examples:\n{examples}")
    @click.argument("numbers", nargs=-1)
    @click.option(
        "--file",
        "numbers_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="编号文件,每行一个。A file of numbers, one a line.",
    )
    @click.option("--batch", help="整批。A whole batch.")
    @change_options
    @click.pass_obj
    def command(
        house: IssuersHouse, /, numbers: tuple[str, ...], numbers_file: Path | None, batch: str | None, **options: Any
    ) -> None:
        named = [*numbers, *_numbers_in(numbers_file)]
        records = chosen_records(house.ledger, named, batch=batch)
        if not records:
            raise click.UsageError("请给出证书编号、--file 或 --batch。Name certificate numbers, --file or --batch.")
        change(house, event, records, options)

    return command


def change_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every status change has."""
    options = (
        click.option("--effective", metavar="YYYY-MM-DD", help="生效日期,默认现在。When it takes effect; default now."),
        click.option("--reason", type=ShortText(), help="原因代码。Reason code."),
        click.option("--document-no", type=ShortText(), default="", help="文号。Document number."),
        click.option(
            "--authority", type=ShortText(), help="决定机关,默认发证机关。Who decided; default the issuing body."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def change(
    house: IssuersHouse, event: str, records: Iterable[Record], options: dict[str, Any], successor: str | None = None
) -> None:
    """Apply one event to `records`, publish, and say what was done."""
    order = Order(
        event=event,
        effective_at=effective_at(options.get("effective"), house.clock()),
        authority=options.get("authority"),
        reason=options.get("reason"),
        document_no=options.get("document_no") or "",
        successor=successor,
    )
    changed = house.status_desk.change([record.number for record in records], order).indices
    house.publish()
    click.echo(f"{event}: {len(changed)} 份 certificate(s); log {changed[0]}-{changed[-1]}")


def chosen_records(
    ledger: Ledger,
    numbers: Iterable[str],
    *,
    batch: str | None = None,
    kind: str | None = None,
    everything: bool = False,
) -> list[Record]:
    """The released certificates that a command line names, by number or as a whole. Raises BatchUnknown, NumberUnknown."""
    named = list(numbers)
    whole = batch is not None or kind is not None or everything
    if named and whole:
        raise click.UsageError("编号与整批只能选一种。Name numbers or a whole, not both.")
    if not whole:
        return [ledger.record(check_number(number)) for number in named]
    records = list(ledger.records(batch=batch, kind=kind))
    if batch is not None and not records:
        raise BatchUnknown(batch=batch[:64])
    return records


def _numbers_in(file: Path | None) -> list[str]:
    if file is None:
        return []
    with file.open("rb") as opened:
        data = opened.read(MAX_NUMBERS_FILE + 1)
    if len(data) > MAX_NUMBERS_FILE:
        raise FileTooLarge(megabytes=-(-file.stat().st_size // 1_000_000), limit=MAX_NUMBERS_FILE // 1_000_000)
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise EncodingUnknown from None
    return [line.strip() for line in lines if line.strip()]


def effective_at(day: str | None, now: int) -> int:
    """The first second of `day` in China, or now. Raises a usage error for anything but a day from 1970 on."""
    if day is None:
        return now
    try:
        moment = int(datetime.combine(date.fromisoformat(day), time(0), CHINA).timestamp())
    except (ValueError, OverflowError):
        moment = -1
    if moment < 0 or not _DAY.fullmatch(day):
        raise click.UsageError(f"日期应为 YYYY-MM-DD。Not a day as YYYY-MM-DD: {day[:40]!r}")
    return moment


COMMANDS: Final = tuple(_status_command(name, event, text) for name, (event, text) in EVENTS.items())
