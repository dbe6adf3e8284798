"""Tells the demo, chapter by chapter; every chapter leaves files that the next one, and a stranger, can use.

1 found a test house   2 import and issue   3 print   4 check everything offline   5 change some   6 publish and bundle
7 one example of every verdict   8 sum up, on the terminal and in summary.json
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import Progress

from credentials.dates import PartialDate
from credentials.envelope import read_document, seal
from credentials.kinds import Kind
from credentials.model import Credential
from credentials.qrtext import deflated, to_text
from hallmark.demo.changing import ASKED, change_some
from hallmark.demo.checking import OfflineChecker, offline
from hallmark.demo.forgeries import standard_sample
from hallmark.demo.lists import publish_lists
from hallmark.demo.summary import show
from hallmark.demo.verdicts import Example, make_examples
from hallmark.errors import HouseExists
from hallmark.founding import found
from hallmark.house import House
from issuers.changes import Order
from issuers.cli import check_file, effective_at, issue_rows, print_items
from issuers.records import Record
from issuers.qr import qr_png, qr_version
from issuers.render import render_certificate
from issuers.report import write_report
from issuers.rows import CheckedRow, Outcome
from keys.algorithms import Algorithm
from keys.signer import SoftwareSigner
from registry.bundle import write_bundle
from verifier.verdict import Result

HOST: Final = "hallmark.example"
DATA: Final = Path(str(resources.files("hallmark.demo").joinpath("data")))
FILES: Final = (("titles.csv", Kind.TITLE), ("qualifications.csv", Kind.QUALIFICATION), ("postdocs.csv", Kind.POSTDOC))


@dataclass(slots=True)
class Story:
    """What has been told so far: the house, the folder, and everything the summary will say."""

    folder: Path
    house: House
    console: Console
    summary: dict[str, Any] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    """What each changed certificate must answer now: number -> reason."""
    failures: list[str] = field(default_factory=list)

    def say(self, zh: str, en: str) -> None:
        """One line of the story."""
        self.console.print(f"{zh}  {en}", markup=False, highlight=False)

    def expect(self, what: str, wanted: str, got: str) -> None:
        """Hold an answer against what was expected; a difference fails the demo."""
        if wanted != got:
            self.failures.append(f"{what}: expected {wanted}, got {got}")


def tell(folder: Path, data: Path | None = None) -> bool:
    """Run the demo in `folder`, made anew, on the files in `data` (its own unless given).

    Returns whether every answer was the expected one.
    """
    console = Console()
    data = data or Path(str(resources.files("hallmark.demo").joinpath("data")))
    _clear(folder)
    house = found(
        folder / "house", host=HOST, test=True,
        lookup=True, bodies=data / "bodies.csv", committees=data / "committees.csv"
    )
    story = Story(folder, house, console)
    story.say("① 已建立测试用的印信之家", f"Founded a test house in {folder / 'house'}")
    story.summary["lists"] = publish_lists(house)
    story.say("① 已公布目录第 2 版和两份国际职业资格清单", "Published catalogue 2 and two recognition lists")
    _issue_all(story, data)
    _dry_run(story, data / "titles_messy.csv")
    records = list(house.ledger.records())
    _print_all(story, records)
    _check_all(story, records, _bundle(story))
    titles = [record for record in records if record.kind == Kind.TITLE]
    story.expected = change_some(house, titles, data / "titles.csv", folder / "correction.csv")
    story.say("⑤ 吊销、撤销、注销、转出、换发、暂扣、发还各一", "One of each status change")
    bundles = _bundle(story)
    story.say("⑥ 已公开登记簿并制作离线包", f"Published and bundled: {bundles[0].name}, {bundles[1].name}")
    _check_changes(story, bundles[0])
    examples = make_examples(story.house, story.folder, story.expected, bundles)
    _standard_sample(story)
    story.summary["certificates"] = {kind: _first_pdf(story, records, kind) for kind in Kind}
    story.summary["verdicts"] = [example.to_json() for example in examples]
    for example in examples:
        if example.obtained is not None:
            story.expect(example.file, example.expected, example.obtained)
    story.summary["failures"] = story.failures
    (folder / "summary.json").write_text(json.dumps(story.summary, ensure_ascii=False, indent=2) + "\n", "utf-8")
    show(console, story.summary)
    return not story.failures


def _clear(folder: Path) -> None:
    """Remove what an earlier demo left; refuse a folder that holds anything else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "house" / "passphrase.demo").exists():
            raise HouseExists(home=str(folder))
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


# 2 import and issue ------------------------------------------------------------------------------------------------


def _issue_all(story: Story, data: Path) -> None:
    story.summary["files"] = []
    for name, kind in FILES:
        checked = check_file(story.house, data / name, kind)
        report = _report(story, name, checked)
        released = issue_rows(story.house, checked, kind, name).released
        story.summary["files"].append(
            {"file": name, "kind": kind.value, "issued": released, "report": report, **_counts(checked)}
        )
        story.say(f"② {name}:签发 {released} 份", f"issued {released} of {len(checked)} rows")


def _dry_run(story: Story, file: Path) -> None:
    """The messy file is only checked; its report is what the office gets back."""
    checked = check_file(story.house, file, Kind.TITLE)
    report = _report(story, file.name, checked)
    story.summary["dry_run"] = {"file": file.name, "report": report, **_counts(checked)}


def _counts(checked: Sequence[CheckedRow]) -> dict[str, Any]:
    """Rows by outcome, and why some got no certificate: remarks on rows that were not accepted, by code."""
    outcomes = Counter(row.outcome for row in checked)
    reasons = Counter(note.code for row in checked if row.outcome is not Outcome.ACCEPTED for note in row.notes)
    return {
        "read": len(checked),
        "accepted": outcomes[Outcome.ACCEPTED],
        "refused": outcomes[Outcome.REFUSED],
        "not_due": outcomes[Outcome.NOT_DUE],
        "reasons": dict(reasons),
    }


def _report(story: Story, name: str, checked: Sequence[CheckedRow]) -> str:
    """Write the row-by-row report; return where it lies, from the demo's folder."""
    target = story.folder / "reports" / f"{Path(name).stem}.report.csv"
    target.parent.mkdir(exist_ok=True)
    write_report(checked, target)
    return str(target.relative_to(story.folder))


# 3 print -----------------------------------------------------------------------------------------------------------


def _print_all(story: Story, records: Sequence[Record]) -> None:
    """Each certificate as PDF, as a picture of its QR code and as the code's text."""
    settings = story.house.settings
    with Progress(console=story.console, transient=True) as progress:
        task = progress.add_task("③ 打印 printing", total=len(records))
        for record, item in zip(records, print_items(story.house, records), strict=True):
            stem = _stem(story, record)
            page = render_certificate(
                item.credential, item.qr_text, item.document_jwt,
                verifier_address=settings.verifier_address, issuer_name_en=item.issuer_name_en, test=settings.test,
                proof=item.proof,
            )  # fmt: skip
            stem.with_suffix(".pdf").write_bytes(page)
            stem.with_suffix(".png").write_bytes(qr_png(item.qr_text))
            stem.with_suffix(".txt").write_text(item.qr_text, "ascii")
            stem.with_suffix(".tlog-proof").write_bytes(item.proof or b"")
            progress.advance(task)
    story.say(
        f"③ 打印 {len(records)} 份 PDF", f"Printed {len(records)} certificates to {story.folder / 'certificates'}"
    )


def _stem(story: Story, record: Record) -> Path:
    folder = story.folder / "certificates" / record.kind
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{record.number}.pdf"


def _first_pdf(story: Story, records: Iterable[Record], kind: str) -> str:
    first = next(record for record in records if record.kind == kind)
    return str(_stem(story, first).relative_to(story.folder))


# 4 check -----------------------------------------------------------------------------------------------------------


def _check_all(story: Story, records: Sequence[Record], bundles: tuple[Path, Path]) -> None:
    """Every certificate from its PDF, its picture and its text; and from the text alone without the log's tiles."""
    full, small = bundles
    with (
        offline(story.house, full) as checker,
        offline(story.house, small) as without_tiles,
        Progress(console=story.console, transient=True) as progress,
    ):
        task = progress.add_task("④ 离线核验 checking offline", total=len(records))
        for record in records:
            for suffix in (".pdf", ".png", ".txt"):
                file = _stem(story, record).with_suffix(suffix)
                story.expect(file.name, Result.GENUINE_VALID, checker.of_file(file).result)
            text, proof = file.read_text("ascii"), file.with_suffix(".tlog-proof").read_bytes()
            story.expect(f"{file.name} without tiles", Result.GENUINE_UNCONFIRMED, without_tiles.of_text(text).result)
            proven = without_tiles.of_text(text, proof=proof).result
            story.expect(f"{file.name} with its own proof", Result.GENUINE_VALID, proven)
            progress.advance(task)
    story.summary["checked_offline"] = {
        "certificates": len(records),
        "genuine_valid_from": ["pdf", "png", "txt", "txt with its proof, without tiles"],
        "genuine_unconfirmed_from": ["txt without tiles"],
    }
    story.say(
        f"④ 离线核验 {len(records)} 份证书的 PDF、图片与文字",
        f"Checked PDF, picture and text of {len(records)} certificates offline",
    )


def _check_changes(story: Story, bundle: Path) -> None:
    """The old codes of changed certificates say so now, and the reinstated one answers for three days."""
    with offline(story.house, bundle) as checker:
        for number, reason in story.expected.items():
            verdict = checker.of_file(_file_of(story, number, ".png"))
            wanted = "genuine_valid" if reason == "reinstated" else reason
            story.expect(number, wanted, verdict.reason or verdict.result)
        story.summary["as_of"] = _asked(story, checker)


def _asked(story: Story, checker: OfflineChecker) -> list[dict[str, str]]:
    paused = next(number for number, reason in story.expected.items() if reason == "reinstated")
    text = _file_of(story, paused, ".txt").read_text("ascii")
    answers = []
    for day, wanted in ASKED:
        verdict = checker.of_text(text, day)
        got = verdict.reason or verdict.result.value
        story.expect(f"{paused} as of {day}", wanted, got)
        answers.append({"number": paused, "day": day, "expected": wanted, "obtained": got})
    return answers


def _file_of(story: Story, number: str, suffix: str) -> Path:
    return _stem(story, story.house.ledger.record(number)).with_suffix(suffix)


# 6 publish and bundle ----------------------------------------------------------------------------------------------


def _bundle(story: Story) -> tuple[Path, Path]:
    """A bundle with the log's tiles, and one without."""
    story.house.publish()
    signer, now, public = story.house.keystore.signer("bundle"), story.house.clock(), story.house.settings.public
    full, small = story.folder / "bundle.hallmark", story.folder / "bundle-without-tiles.hallmark"
    write_bundle(public, full, signer, now, with_tiles=True)
    write_bundle(public, small, signer, now, with_tiles=False)
    return full, small


# 8 sum up ----------------------------------------------------------------------------------------------------------


def _standard_sample(story: Story) -> None:
    """The size of the standard sample's QR code, sealed here and now."""
    settings = story.house.settings
    credential = standard_sample(story.house.clock(), issuer_code="11310000100000000F")
    sealed = seal(credential, SoftwareSigner.generate(Algorithm.ES256), registry_url=settings.registry_url)
    text = to_text(settings.host, sealed.token)
    story.summary["standard_sample"] = {
        "qr_version": qr_version(text),
        "level": "M",
        "cose_bytes": len(sealed.token),
        "body_bytes": len(deflated(sealed.token)),
        "text_characters": len(text),
    }


__all__ = ["Example", "tell"]
