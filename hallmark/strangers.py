"""No house at all: a verifier's machine, which trusts the roots that its user names."""

from pathlib import Path

from hallmark.errors import RootsMissing, SettingsMissing
from hallmark.wall import wall_clock
from keys.roots import Roots, open_roots
from verifier.gather import EvidenceSource
from verifier.receipts.desk import ReceiptDesk


class Strangers:
    """No house at all: a verifier's machine. It has a clock, and trusts what its user names."""

    clock = staticmethod(wall_clock)

    def __init__(self, home: Path) -> None:
        self.home = home

    def trusted_roots(self, file: Path | None = None) -> Roots:
        """The root of trust in `file`; raise `RootsMissing`: there is no default."""
        if file is None:
            raise RootsMissing
        return read_roots(file)

    def published(self) -> EvidenceSource | None:
        """There is no folder of our own."""
        return None

    def floor_file(self) -> Path | None:
        """Nothing is remembered without a house."""
        return None

    def receipt_desk(self, roots: Roots) -> ReceiptDesk:
        """Opens receipts, gives none."""
        return ReceiptDesk(roots, self.clock, issuer="", software="")

    def __getattr__(self, name: str) -> object:
        raise SettingsMissing(home=str(self.home))


def read_roots(file: Path) -> Roots:
    """Read a roots document that its owner chose to trust; raise `RootsMissing` or what `open_roots` raises."""
    try:
        data = file.read_bytes()
    except OSError:
        raise RootsMissing from None
    return open_roots(data, trusted=None)
