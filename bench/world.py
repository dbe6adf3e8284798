"""A small house with certificates, made for one run of the benchmarks."""

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

from credentials.envelope import read_document
from credentials.kinds import Kind
from credentials.qrtext import to_text
from hallmark.founding import found
from hallmark.house import House
from issuers.cli import check_file
from issuers.rows import CheckedRow
from verifier.evidence import Evidence
from verifier.gather import FolderSource, Gatherer

HOST = "hallmark.example"


class World:
    """A founded house in `folder`, and an endless supply of accepted rows that were never issued before."""

    def __init__(self, folder: Path) -> None:
        data = Path(str(resources.files("hallmark.demo").joinpath("data")))
        self.house: House = found(
            folder / "house", host=HOST, test=True, bodies=data / "bodies.csv", committees=data / "committees.csv"
        )
        rows = check_file(self.house, data / "titles.csv", Kind.TITLE)
        self._rows = itertools.cycle([row for row in rows if row.draft is not None])
        self._serial = itertools.count()

    def rows(self, count: int) -> list[CheckedRow]:
        """`count` rows with fresh source keys; all of one issuing body, as an office's batch is."""
        body = "上海市人力资源和社会保障局"
        ours = (row for row in self._rows if row.draft is not None and row.draft.issuer == body)
        return [
            replace(row, source_key=next(self._serial).to_bytes(32, "big")) for row in itertools.islice(ours, count)
        ]

    def issue(self, count: int) -> int:
        """Issue `count` certificates durably; return how many were released."""
        return sum(
            done.released for done in self.house.issuing_desk.issue(self.rows(count), kind="title", source="bench")
        )

    def texts(self) -> list[str]:
        """The QR texts of everything released."""
        ledger = self.house.ledger
        return [to_text(HOST, ledger.sealed_bytes(record.number)[0]) for record in ledger.records()]

    def documents(self) -> list[str]:
        """The documents of everything released."""
        ledger = self.house.ledger
        return [ledger.sealed_bytes(record.number)[1] for record in ledger.records()]

    def evidence(self, texts: list[str]) -> Evidence:
        """Evidence from the published folder with everything in it that checking `texts` can use."""
        self.house.publish()
        source = FolderSource(self.house.settings.public)
        gatherer = Gatherer(source, self.house.trusted_roots(), self.house.clock, refresh=10**9)
        for text in texts:
            evidence = gatherer.evidence_for(text)
        return evidence


def latencies(operation: Callable[[], object], times: int) -> list[float]:
    """Wall seconds of `times` calls, sorted."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        operation()
        taken.append(time.perf_counter() - started)
    return sorted(taken)


__all__ = ["World", "latencies", "read_document"]
