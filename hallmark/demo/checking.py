"""Checks what the demo made, as a stranger would: from the files alone, offline, with a signed bundle."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hallmark.house import House
from keys.rotation import Purpose
from registry.bundle import open_bundle
from verifier.check import check
from verifier.documents import read_pdf
from verifier.errors import ReadingError
from verifier.gather import Gatherer
from verifier.handed_in import contents_of, end_of_day, speaking, unreadable
from verifier.pictures import read_picture
from verifier.policy import OFFLINE
from verifier.verdict import Verdict


class OfflineChecker:
    """Answers for files, under one bundle and the roots the house shipped; no network, no database."""

    def __init__(self, gatherer: Gatherer, clock: Callable[[], int]) -> None:
        self._gatherer = gatherer
        self._clock = clock

    def of_text(self, text: str, day: str | None = None, *, proof: bytes | None = None) -> Verdict:
        """The verdict on a QR text or a document, with the proof that came with it."""
        now = self._clock()
        as_of = None if day is None else end_of_day(day, now)
        return check(text, self._gatherer.evidence_for(text), OFFLINE, now=now, as_of=as_of, proof=proof)

    def of_file(self, file: Path) -> Verdict:
        """The verdict on a picture, a PDF or a text file."""
        try:
            found = contents_of(file.read_bytes(), read_picture, read_pdf)
            return speaking([self.of_text(text, proof=found.proof) for text in found.texts])
        except ReadingError as defect:
            return unreadable(defect, self._clock())


@contextmanager
def offline(house: House, bundle_file: Path) -> Iterator[OfflineChecker]:
    """Open the bundle under the house's roots."""
    with open_bundle(bundle_file) as bundle:
        roots = house.trusted_roots()
        bundle.trust(roots.key_set(Purpose.BUNDLE), house.clock())
        yield OfflineChecker(Gatherer(bundle, roots, house.clock, refresh=10**9, policy=OFFLINE), house.clock)
