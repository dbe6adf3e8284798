"""What `hallmark` hands the issuing body's commands: the desks, the ledger, the lists in force and a clock."""

from collections.abc import Callable
from typing import Protocol

from issuers.changes import StatusDesk
from issuers.issue import IssuingDesk
from issuers.ledger import Ledger
from issuers.proofs import ProofDesk
from registry.catalogue import Catalogue
from registry.trust import TrustList


class PrintSettings(Protocol):
    """What stands on every printed page."""

    @property
    def host(self) -> str:
        """The verifier's host, in the QR code."""
        ...

    @property
    def verifier_address(self) -> str:
        """The official address, in print."""
        ...

    @property
    def test(self) -> bool:
        """Whether the page is marked 测试 / TEST."""
        ...


class IssuersHouse(Protocol):
    """What `hallmark` hands these commands."""

    @property
    def clock(self) -> Callable[[], int]:
        """UNIX seconds now."""
        ...

    @property
    def issuing_desk(self) -> IssuingDesk:
        """Issues certificates."""
        ...

    @property
    def status_desk(self) -> StatusDesk:
        """Changes their status."""
        ...

    @property
    def proof_desk(self) -> ProofDesk:
        """Makes the proofs that travel with certificates."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What was issued."""
        ...

    @property
    def source_key_secret(self) -> bytes:
        """The key of the digests by which a row is recognised on re-import."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """Which titles and qualifications exist."""
        ...

    @property
    def trust(self) -> TrustList:
        """Who may award what."""
        ...

    def publish(self) -> object:
        """Bring the published folder up to date."""
        ...

    def print_settings(self) -> PrintSettings:
        """What stands on every printed page."""
        ...
