"""A house whose clock obeys, with as many certificates as the drill wants, a thief with its key, and checkers of every age."""

import csv
import io
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from importlib import resources
from pathlib import Path

import pytest

from credentials.envelope import Sealed, read_document, seal
from credentials.identifiers import new_number
from credentials.kinds import Kind
from credentials.model import Credential, StatusRef
from credentials.qrtext import to_text
from hallmark.founding import found, publish
from hallmark.house import House
from issuers.cli import check_file, issue_rows
from keys.roots import Roots
from keys.rotation import Purpose
from keys.signer import Signer
from registry.contract import Submission
from registry.lists import PublishedList
from registry.trust import IssuerKey, TrustList, manifest_of
from verifier.check import check
from verifier.gather import FolderSource, Gatherer, walk_roots
from verifier.policy import ONLINE
from verifier.verdict import Verdict

DATA = Path(str(resources.files("hallmark.demo").joinpath("data")))
HOST = "hallmark.example"
BODY, BODY_NAME = "11310000100000000F", "上海市人力资源和社会保障局"
FOUNDED = 1_795_000_000
HOUR, DAY, YEAR = 3_600, 86_400, 365 * 86_400


class Clock:
    """UNIX seconds that stand still until they are moved."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def found_house(home: Path, clock: Clock) -> House:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hallmark.founding.House", partial(House, clock=clock))
        return found(home, host=HOST, test=True, bodies=DATA / "bodies.csv", committees=DATA / "committees.csv")


# the office ---------------------------------------------------------------------------------------------------------


def issue(house: House, count: int, *, first: int = 0) -> list[str]:
    """Issue `count` titles of one body from a spreadsheet, as an office would; return their numbers."""
    file = house.settings.home / f"rows-{first}.csv"
    file.write_text(_rows(first, count), "utf-8")
    known = {record.number for record in house.ledger.records()}
    done = issue_rows(house, check_file(house, file, Kind.TITLE), Kind.TITLE, file.name)
    assert done.released == count
    return [record.number for record in house.ledger.records() if record.number not in known]


def _rows(first: int, count: int) -> str:
    heading, *rows = csv.reader(io.StringIO((DATA / "titles.csv").read_text("utf-8-sig")))
    model = next(row for row in rows if BODY_NAME in row and "居民身份证" in row)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heading)
    for place in range(first, first + count):
        born = date(1970, 1, 1) + timedelta(days=place % 9_000)
        number = _citizen(born, 2 * (place // 9_000) + 1)
        facts = {"序号": str(place), "姓名": f"演{chr(0x4E00 + place % 20_000)}", "性别": "男"}
        facts |= {"证件号码": number, "出生年月": f"{born:%Y-%m}"}
        writer.writerow([facts.get(name, cell) for name, cell in zip(heading, model, strict=True)])
    return out.getvalue()


def _citizen(born: date, serial: int) -> str:
    digits = f"310104{born:%Y%m%d}{serial:03d}"
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(digits))
    return digits + "10X98765432"[total % 11]


def text_of(house: House, number: str) -> str:
    return to_text(HOST, house.ledger.sealed_bytes(number)[0])


# the thief ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Thief:
    """Who holds the body's real key and reaches the registry as the body does."""

    house: House
    signer: Signer
    model: Credential

    @classmethod
    def of(cls, house: House, number: str) -> "Thief":
        """Copy the key, and the looks of a genuine certificate."""
        return cls(house, house.signer_of(BODY), read_document(house.ledger.sealed_bytes(number)[1]).credential)

    def seal(self, slot: StatusRef, issued_at: int) -> tuple[Sealed, str]:
        forged = replace(
            self.model, id=uuid.uuid4(), number=new_number(uuid.uuid4().bytes), status=slot, issued_at=issued_at
        )
        sealed = seal(forged, self.signer, registry_url=self.house.settings.registry_url)
        return sealed, to_text(HOST, sealed.token)

    def log(self, count: int, issued_at: int) -> list[str]:
        """Have `count` forgeries logged through the registry; return their texts."""
        texts: list[str] = []
        for start in range(0, count, 500):
            batch = f"thief-{issued_at}-{start}"
            runs = self.house.recorder.reserve(batch, min(500, count - start))
            slots = [StatusRef(run.list, run.first + place) for run in runs for place in range(run.count)]
            sealed = [(slot, *self.seal(slot, issued_at)) for slot in slots]
            self.house.recorder.append(batch, [_submission(one, slot) for slot, one, _ in sealed])
            texts += [text for _, _, text in sealed]
        return texts


def _submission(sealed: Sealed, slot: StatusRef) -> Submission:
    return Submission(
        sealed.kid8, slot.list, slot.index,
        sealed.qr_digest, sealed.qr_signature, sealed.document_digest, sealed.document_signature,
    )  # fmt: skip


# the operator -------------------------------------------------------------------------------------------------------


def publish_trust(house: House) -> None:
    """The next version of the trust list, over the keys as the log has them now, signed by both publishers."""
    held = house.published_list("trust", Purpose.TRUST)
    rows = house.recorder.enrolled_keys()
    keys = [IssuerKey(k.public_key, k.body_code, k.opened, k.closed, k.boundary, k.state) for k in rows]
    shards = TrustList(house.trust.bodies, house.trust.authorities, keys).to_shards()
    house.recorder.publish_trust_shards(held.version + 1, shards)
    now = house.clock()
    listed = PublishedList("trust", held.version + 1, held.digest, now, now, now + YEAR, manifest_of(shards))
    publish(house, listed, "trust")
    house.publish()


# checkers -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checker:
    """A verifier that shipped with one roots document and reads the published folder."""

    gatherer: Gatherer
    now: int

    def of(self, text: str, proof: bytes | None = None) -> Verdict:
        return check(text, self.gatherer.evidence_for(text), ONLINE, now=self.now, proof=proof)


def checker(house: House, trusted: Roots, *, walks: bool = True) -> Checker:
    """One that holds `trusted` and, as a rule, walks from there to the newest roots."""
    source, now = FolderSource(house.settings.public), house.clock()
    roots = walk_roots(source, trusted, now) if walks else trusted
    return Checker(Gatherer(source, roots, lambda: now), now)


@contextmanager
def stopwatch(times: dict[str, float], what: str) -> Iterator[None]:
    """Note how long a part of the drill took."""
    from time import perf_counter

    began = perf_counter()
    yield
    times[what] = round(perf_counter() - began, 2)


def told(verdicts: Iterable[Verdict]) -> Mapping[tuple[str, str | None], int]:
    """How many verdicts gave which result, with the code of the first failure."""
    counts: dict[tuple[str, str | None], int] = {}
    for verdict in verdicts:
        failures = sorted((f for f in verdict.findings if f.outcome.value == "fail"), key=lambda f: f.step)
        key = (verdict.result.value, failures[0].code if failures else None)
        counts[key] = counts.get(key, 0) + 1
    return counts
