"""What the verifier's commands share: the house they are handed, where evidence comes from, the verdict on what was handed in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from keys.roots import Roots
from keys.rotation import Purpose
from registry.bundle import open_bundle
from verifier.errors import ReadingError
from verifier.gather import EvidenceSource, FolderSource, Gatherer, HttpsSource, walk_roots
from verifier.handed_in import Contents, speaking_text, unreadable
from verifier.policy import Policy
from verifier.receipts.desk import ReceiptDesk
from verifier.verdict import Verdict

MAX_PROOF_FILE: Final = 256 * 1024


class VerifierHouse(Protocol):
    """What `hallmark` hands this command line: the trusted roots, where to look, and a clock."""

    @property
    def clock(self) -> Callable[[], int]:
        """UNIX seconds now."""
        ...

    def trusted_roots(self, file: Path | None) -> Roots:
        """The roots document to trust; raises when none was named."""
        ...

    def published(self) -> EvidenceSource | None:
        """The house's own published folder, where there is one."""
        ...

    def floor_file(self) -> Path | None:
        """Where the newest log seen is remembered."""
        ...

    def receipt_desk(self, roots: Roots) -> ReceiptDesk:
        """Opens receipts, and gives them where there is a key for it."""
        ...


class _Nothing:
    """Offline without a bundle: no evidence at all."""

    def read(self, path: str) -> None:
        """There is nothing here."""


@contextmanager
def gatherer_for(  # noqa: PLR0913  # what a command is told, each by its name
    house: VerifierHouse,
    policy: Policy,
    bundle_file: Path | None,
    registry: str | None,
    roots_file: Path | None,
    *,
    offline: bool,
) -> Iterator[Gatherer]:
    """Evidence from a bundle, from the registry named, or from the house's own; from nowhere when `offline` without a bundle."""
    trusted, now = house.trusted_roots(roots_file), house.clock()
    with ExitStack() as stack:
        source: EvidenceSource
        if bundle_file is not None:
            bundle = stack.enter_context(open_bundle(bundle_file))
            roots = walk_roots(_BundleRoots(bundle), trusted, now)
            bundle.trust(roots.key_set(Purpose.BUNDLE), now)
            source = bundle
        else:
            source = _Nothing() if offline else _online(house, registry)
            roots = walk_roots(source, trusted, now)
        floor_file = None if bundle_file or roots_file else house.floor_file()  # what was seen of our log, of no other
        yield Gatherer(source, roots, house.clock, policy=policy, floor_file=floor_file)


class _BundleRoots:
    """The roots documents of a bundle that is not trusted yet."""

    def __init__(self, bundle: Any) -> None:
        self._bundle = bundle

    def read(self, path: str) -> bytes | None:
        """Return one roots document by its path."""
        return self._bundle.roots(int(path.removeprefix("roots/").removesuffix(".json")))  # type: ignore[no-any-return]


def _online(house: VerifierHouse, registry: str | None) -> EvidenceSource:
    if registry is None:
        return house.published() or _Nothing()
    return HttpsSource(registry) if "://" in registry else FolderSource(Path(registry))


def verdict_on(
    found: Contents | ReadingError,
    judge: Callable[[str, bytes | None], Verdict],
    now: int,
    proof_file: Path | None = None,
) -> tuple[Verdict, str]:
    """The verdict on what was handed in, with the proof that came with it, and the text it belongs to ("" for none)."""
    if isinstance(found, ReadingError):
        return unreadable(found, now), ""
    proof = _read_proof(proof_file) or found.proof
    try:
        return speaking_text(found, [judge(text, proof) for text in found.texts])
    except ReadingError as defect:
        return unreadable(defect, now), ""


def _read_proof(file: Path | None) -> bytes | None:
    if file is None:
        return None
    with file.open("rb") as opened:
        return opened.read(MAX_PROOF_FILE + 1)
