"""`hallmark verify`: the stronger check, on this machine, with exit statuses a script can rely on."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn

import click

from verifier.check import check
from verifier.comparing import Compared, Typed, compared
from verifier.documents import read_pdf
from verifier.errors import ReaderBusy, ReadingError
from verifier.facts import facts, standing
from verifier.handed_in import Contents, contents_of, end_of_day
from verifier.pictures import read_picture
from verifier.policy import OFFLINE, ONLINE
from verifier.receipts.desk import OpenedReceipt
from verifier.receipts.printing import write_receipt
from verifier.receipts.sealing import is_receipt
from verifier.receipts.wording import in_words as receipt_in_words
from verifier.terminal import VerifierHouse, gatherer_for, verdict_on
from verifier.verdict import Verdict
from verifier.wording import advice, ages, evidence, headline, lead, sentence, since, steps
from web.messages import say

MAX_FILE: Final = 50 * 1024 * 1024
PROOF_SUFFIX: Final = ".tlog-proof"
_FILE_NAME: Final = re.compile(r"(?!https?:).{1,250}\.(pdf|png|jpe?g|webp|txt|jwt)", re.IGNORECASE)


@click.command("verify")
@click.argument("what", metavar="TEXT|PICTURE|PDF|-")
@click.option("--at", "--as-of", "day", metavar="YYYY-MM-DD", help="问某一天是否有效。Was it valid on this day?")
@click.option(
    "--proof",
    "proof_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="登记证明文件,默认取同名的 .tlog-proof。The proof of registration; default: the .tlog-proof of the same name.",
)
@click.option("--offline", is_flag=True, help="不联网,只用离线包。Use no network, only the bundle.")
@click.option("--bundle", "bundle_file", type=click.Path(path_type=Path), help="签名的离线包。A signed offline bundle.")
@click.option(
    "--registry",
    "registry",
    metavar="URL|FOLDER",
    help="登记簿的公开地址或文件夹。The registry's public address or folder.",
)
@click.option("--roots", "roots_file", type=click.Path(path_type=Path), help="信任根文件。The root of trust.")
@click.option(
    "--witnesses",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="至少几家见证人签署;信任根要求更多时以其为准。How many witnesses must have cosigned; the roots may want more.",
)
@click.option(
    "--receipt",
    "receipt_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="出具回执:.pdf,或 .jwt。Write a receipt: a .pdf, or a .jwt.",
)
@click.option(
    "--expect-receipt", is_flag=True, help="只认回执:真实为 0。A receipt and nothing else: 0 where it is genuine."
)
@click.option("--name", default="", help="纸上的姓名,与证书比对。The name on the paper, to be compared.")
@click.option("--number", default="", help="纸上的编号,与证书比对。The number on the paper, to be compared.")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。Print the verdict as JSON.")
@click.option("--lang", type=click.Choice(["zh", "en", "both"]), default="both", show_default=True)
@click.pass_obj
def verify(  # noqa: PLR0917  # click passes each option by its name
    house: VerifierHouse,
    what: str,
    day: str | None,
    proof_file: Path | None,
    offline: bool,
    bundle_file: Path | None,
    registry: str | None,
    roots_file: Path | None,
    witnesses: int,
    receipt_file: Path | None,
    expect_receipt: bool,
    name: str,
    number: str,
    as_json: bool,
    lang: str,
) -> None:
    """核验一张证书或一份回执:二维码文字、图片、PDF 或 "-"(标准输入)。Verify one certificate or one receipt.

    \b
    退出码 Exit status:
      0 有效 valid   1 不成立 not valid   2 无法判断 cannot say   3 读不出 unreadable
    \b
    例 Examples:
      hallmark verify certificate.pdf
      hallmark verify photo.png --offline --bundle today.hallmark
      hallmark verify certificate.pdf --name 欧阳建国 --number 000G40R40M30M
      hallmark verify certificate.pdf --at 2026-07-01 --json
      hallmark verify certificate.jwt --proof certificate.tlog-proof --offline --bundle today.hallmark
      hallmark verify certificate.pdf --receipt receipt.pdf
      hallmark verify receipt.pdf
    """
    typed = Typed(number, name)
    if typed.anything and receipt_file is not None:
        raise click.UsageError(
            "--name、--number 与 --receipt 不能同用:回执只说核验,不说填写。Compare, or write a receipt; not both."
        )
    policy = replace(OFFLINE if offline or bundle_file else ONLINE, witness_threshold=witnesses)
    with gatherer_for(house, policy, bundle_file, registry, roots_file, offline=offline) as gatherer:
        now = house.clock()
        as_of = None if day is None else end_of_day(day, now)

        def judge(text: str, proof: bytes | None) -> Verdict:
            return check(text, gatherer.evidence_for(text), policy, now=now, as_of=as_of, proof=proof)

        desk = house.receipt_desk(gatherer.roots)
        found = _read(what)
        if isinstance(found, Contents) and (expect_receipt or is_receipt(found.texts[0])):
            _tell_receipt(desk.opened(found.texts[0]), expect_receipt=expect_receipt, as_json=as_json, lang=lang)
        verdict, text = verdict_on(found, judge, now, proof_file or _beside(what, found))
    verdict, same = compared(verdict, typed)
    told = {**verdict.to_json(), "compared": same} if typed.anything else verdict.to_json()
    click.echo(json.dumps(told, ensure_ascii=False, indent=2) if as_json else in_words(verdict, lang, same))
    if receipt_file is not None:
        write_receipt(receipt_file, desk.receipt(verdict, text))
    sys.exit(verdict.exit_status)


def _tell_receipt(opened: OpenedReceipt, *, expect_receipt: bool, as_json: bool, lang: str) -> NoReturn:
    """Say what a receipt is, and leave with its exit status."""
    languages = ["zh", "en"] if lang == "both" else [lang]
    told = json.dumps(opened.to_json(), ensure_ascii=False, indent=2)
    click.echo(told if as_json else "\n\n".join(receipt_in_words(opened, each) for each in languages))
    sys.exit(0 if expect_receipt and opened.receipt else opened.exit_status)


def _read(what: str) -> Contents | ReadingError:
    """What is in a file, on standard input ("-") or in the text itself; or why it cannot be read, which is an answer."""
    try:
        return _contents(what)
    except ReaderBusy:
        raise  # says nothing about the file: try again
    except ReadingError as defect:
        return defect


def _contents(what: str) -> Contents:
    if what == "-":
        return contents_of(sys.stdin.buffer.read(MAX_FILE + 1), read_picture, read_pdf)
    if _is_file(Path(what)) or _FILE_NAME.fullmatch(what):  # a mistyped file name is no certificate either
        with Path(what).open("rb") as opened:
            return contents_of(opened.read(MAX_FILE + 1), read_picture, read_pdf)
    return Contents([what.strip()])


def _beside(what: str, found: Contents | ReadingError) -> Path | None:
    """The proof that lies beside the file under the same name, if one does and the file brings none itself."""
    if isinstance(found, ReadingError) or found.proof:
        return None
    beside = Path(what).with_suffix(PROOF_SUFFIX) if what != "-" and _is_file(Path(what)) else None
    return beside if beside is not None and beside.is_file() else None


def _is_file(path: Path) -> bool:
    """Bare digits are longer than any file name may be, which some systems call an error."""
    try:
        return path.exists()
    except OSError:
        return False


def in_words(verdict: Verdict, lang: str, same: Compared | None = None) -> str:
    """The verdict for a terminal: the answer first, then what was checked, then what to do."""
    languages = ["zh", "en"] if lang == "both" else [lang]
    return "\n\n".join(_one_language(verdict, each, same or {}) for each in languages)


def _one_language(verdict: Verdict, lang: str, same: Compared) -> str:
    lines = [headline(verdict, lang), lead(verdict, lang)]
    for what, equal in same.items():
        if equal is not None:
            lines.append(
                f"{say(f'page.typed.{what}', lang)}: {say('page.typed.same' if equal else 'page.typed.different', lang)}"
            )
    if told := since(verdict, lang):
        lines.append(told)
    if verdict.successor:
        lines.append(f"{say('page.successor', lang)}: {verdict.successor}")
    lines += [f"! {sentence(warning, lang)}" for warning in verdict.warnings]
    lines += ["", *_facts(verdict, lang), *_checked(verdict, lang)]
    return "\n".join([*lines, "", advice(verdict, lang)])


_NOTE: Final = {
    "confirmed": "page.facts.compare",
    "pending": "page.facts.pending_note",
    "unconfirmed": "page.facts.unconfirmed_note",
}


def _facts(verdict: Verdict, lang: str) -> list[str]:
    """What the certificate says, to compare with the paper; nothing where nothing may be shown."""
    told = [f"  {say(fact.label, lang)}: {fact.value}" for fact in facts(verdict)]
    return [say(_NOTE[standing(verdict)], lang), *told, ""] if told else []


def _checked(verdict: Verdict, lang: str) -> list[str]:
    marks = {"pass": "✓", "fail": "✗", "unknown": "?", "none": "·"}
    found = [f"  {s.number} {marks[s.outcome]} {s.name}  {' '.join(s.sentences)}" for s in steps(verdict, lang)]
    found += [f"  {label}: {value}" for label, value in ages(verdict, lang)]
    rests = [f"  {label}: {value}" for label, value in evidence(verdict, lang)]
    return [*found, "", say("basis.title", lang), *rests] if rests else found
