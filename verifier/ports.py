"""What the verifier's web app is handed: its settings, and the four things it cannot do itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

from flask import current_app

from verifier.handed_in import ReadFile
from verifier.rates import Keys, Rates, no_keys
from verifier.receipts.desk import ReceiptDesk
from verifier.verdict import Verdict

MEGABYTE: Final = 1024 * 1024
EXTENSION: Final = "hallmark.verifier"


@dataclass(frozen=True, slots=True)
class PublishedFolder:
    """Where the verifier in the browser finds evidence: the address of the published folder (under this origin, without a
    slash at its end), the roots document it begins from (its path in that folder and its SHA-256 in hexadecimal), and how
    many witnesses the house's own policy wants.
    """

    address: str
    roots_path: str
    roots_digest: str
    witness_threshold: int = 1


@dataclass(frozen=True, slots=True)
class VerifierSettings:
    """Read once at start. `host` is the official address (a name, with a port where it is not 443), shown on the page.

    `other_hosts` are further names under which the app answers (127.0.0.1 in the demo). `max_body` is bytes. `build` is
    the digest or version shown in the footer, empty for none. `test` puts the test banner on every page.
    `trusted_hops` is how many reverse proxies stand in front, `rates` how often one may ask. Without `folder` the page never checks in the browser and
    asks its server instead.
    """

    host: str
    other_hosts: tuple[str, ...] = ()
    max_body: int = 10 * MEGABYTE
    test: bool = False
    build: str = ""
    trusted_hops: int = 0
    folder: PublishedFolder | None = None
    rates: Rates = field(default_factory=Rates)


class Check(Protocol):
    """Check one text (QR text, bare digits, `vc+jwt`), for now or for the moment `as_of` in UNIX seconds.

    `proof` is the `tlog-proof` that came with it. Answers every text with a verdict and raises for none; takes as long as fetching missing evidence takes.
    """

    def __call__(self, text: str, as_of: int | None, proof: bytes | None, /) -> Verdict: ...


class RecordMatch(Protocol):
    """Certificate number and holder's name, as somebody typed them, to the sealed token as QR text.

    None for no such number and for another name alike, in the same time. Raises RecordsUnreachable.
    """

    def __call__(self, number: str, name: str, /) -> str | None: ...


class ReportBox(Protocol):
    """Keeps a report of a fake for the operator, so that this process cannot read it again.

    Returns the reference under which the operator finds it; durable when it returns. Raises ReportBoxFull.
    """

    def __call__(self, report: bytes, /) -> str: ...


@dataclass(frozen=True, slots=True)
class VerifierPorts:
    """What `hallmark` plugs in. `clock` gives UNIX seconds. `receipts` opens receipts and gives them where it has the key. Without `record_match` nobody can look up by number and name."""

    check: Check
    read_picture: ReadFile
    read_pdf: ReadFile
    clock: Callable[[], int]
    keys: Keys = no_keys
    record_match: RecordMatch | None = None
    receipts: ReceiptDesk | None = None
    report_box: ReportBox | None = None


@dataclass(frozen=True, slots=True)
class Plugged:
    """Settings and ports of the app that is answering."""

    settings: VerifierSettings
    ports: VerifierPorts


def plugged() -> Plugged:
    """Return what the current app was made with."""
    return cast("Plugged", current_app.extensions[EXTENSION])
