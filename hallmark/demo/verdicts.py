"""One real file for every result class, with what it must answer and what it did."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from credentials.envelope import read_token
from hallmark.demo.checking import offline
from hallmark.demo.forgeries import BUREAU, PUDONG, Forger, look_alike
from hallmark.house import House
from issuers.matching import RecordFinder
from issuers.records import Record
from issuers.qr import qr_png
from verifier.comparing import Typed, compared
from verifier.verdict import Result

LATER: Final = (Result.COPY_EXPIRED, Result.LEGACY_UNSIGNED)
"""Their types, codes and words exist; the parts that produce them come later."""


@dataclass(frozen=True, slots=True)
class Example:
    """A file, the bundle it is checked with, and the two answers; `obtained` is None for parts that come later.

    `typed` is the name that somebody types beside the code, "" for none. A look-up has no bundle: it asks the ledger.
    """

    result: str
    file: str
    bundle: str
    expected: str
    obtained: str | None
    reason: str | None = None
    typed: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        return {
            "result": self.result,
            "file": self.file,
            "bundle": self.bundle,
            "expected": self.expected,
            "obtained": self.obtained,
            "reason": self.reason,
            "typed": self.typed,
        }


def make_examples(house: House, folder: Path, changed: Mapping[str, str], bundles: tuple[Path, Path]) -> list[Example]:
    """Write the files under `folder`/verdicts and check each of them."""
    target = folder / "verdicts"
    target.mkdir()
    full, small = bundles
    untouched = [record for record in house.ledger.records(kind="title") if record.number not in changed]
    valid = _certificate(folder, untouched[0])
    shutil.copy(valid.with_suffix(".pdf"), target / "genuine_valid.pdf")
    shutil.copy(valid.with_suffix(".png"), target / "genuine_unconfirmed.png")
    wanted: list[tuple[str, Path, str | None]] = [
        ("genuine_valid.pdf", full, None),
        ("genuine_unconfirmed.png", small, None),
    ]
    for number, reason in changed.items():
        if reason != "reinstated":
            name = f"genuine_not_valid.{reason}.png"
            shutil.copy(_certificate(folder, house.ledger.record(number)).with_suffix(".png"), target / name)
            wanted.append((name, full, reason))
    for result, text in _forgeries(house, untouched[0]).items():
        (target / f"{result}.png").write_bytes(qr_png(text))
        wanted.append((f"{result}.png", full, None))
    examples = [_checked(house, target / name, bundle, reason) for name, bundle, reason in wanted]
    examples += [_mismatch(house, target, valid, full), _no_record(house, target, untouched[0])]
    return examples + [Example(result, "", "", result, None) for result in LATER]


def _certificate(folder: Path, record: Record) -> Path:
    return folder / "certificates" / record.kind / f"{record.number}.pdf"


def _forgeries(house: House, genuine: Record) -> dict[str, str]:
    """The texts that are not what they seem, by the result each must get."""
    token, _ = house.ledger.sealed_bytes(genuine.number)
    codes = {body.name: body.code for body in house.trust.bodies}
    forger = Forger(house.settings.host, house.settings.registry_url, token, house.clock())
    assert read_token(token).credential.number == genuine.number
    return {
        Result.ALTERED: forger.altered(),
        Result.UNKNOWN_ISSUER: forger.stranger(codes[BUREAU]),
        Result.ISSUER_OUT_OF_SCOPE: forger.out_of_scope(codes[PUDONG], house.signer_of(codes[PUDONG])),
        Result.NOT_LOGGED: forger.second_in_slot(codes[BUREAU], house.signer_of(codes[BUREAU])),
        Result.NOT_CHECKABLE_NOW: forger.from_the_future(),
        Result.UNREADABLE: look_alike(),
    }


def _checked(house: House, file: Path, bundle: Path, reason: str | None) -> Example:
    expected = file.name.split(".")[0]
    with offline(house, bundle) as checker:
        verdict = checker.of_file(file)
    obtained = verdict.result.value if verdict.reason == reason else f"{verdict.result.value}/{verdict.reason}"
    return Example(expected, f"verdicts/{file.name}", bundle.name, expected, obtained, verdict.reason)


_SOMEBODY_ELSE: Final = "王某某"


def _mismatch(house: House, target: Path, genuine: Path, bundle: Path) -> Example:
    """A genuine code beside another person's name: what was typed is not what the seal says."""
    file = target / "mismatch.png"
    shutil.copy(genuine.with_suffix(".png"), file)
    with offline(house, bundle) as checker:
        verdict, _ = compared(checker.of_file(file), Typed(name=_SOMEBODY_ELSE))
    return Example(
        "mismatch", f"verdicts/{file.name}", bundle.name, "mismatch", verdict.result.value, typed=_SOMEBODY_ELSE
    )


def _no_record(house: House, target: Path, genuine: Record) -> Example:
    """A number that exists, looked up under a wrong name: the same answer as for no such number."""
    file = target / "no_record.json"
    asked = {"number": genuine.number, "name": _SOMEBODY_ELSE}
    file.write_text(json.dumps(asked, ensure_ascii=False) + "\n", "utf-8")
    token = RecordFinder(house.ledger, house.settings.host)(asked["number"], asked["name"])
    obtained = Result.NO_RECORD.value if token is None else "a token was handed out"
    return Example("no_record", f"verdicts/{file.name}", "", "no_record", obtained)
