"""The one key that a verifier's process may open: the receipt key, in a folder and under a passphrase of its own."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from hallmark.errors import ReceiptKeysNotAlone
from hallmark.settings import Settings, receipt_passphrase
from keys.keystore import KeyStore
from keys.roots import Roots
from keys.rotation import KeyState, Purpose
from keys.signer import Signer
from verifier.receipts.desk import ReceiptDesk

FOLDER = "receipt-key"
"""Where a test house keeps it."""


def receipt_desk(settings: Settings, roots: Roots, clock: Callable[[], int]) -> ReceiptDesk:
    """The desk that opens receipts, and gives them where `receipt_keys` is set.

    Raises ReceiptPassphraseMissing, ReceiptKeysNotAlone, ReceiptSignerUnknown, and what `KeyStore.signer` raises.
    """
    signer = _signer(settings, clock) if settings.receipt_keys else None
    return ReceiptDesk(roots, clock, issuer=settings.verifier_address, software=software(), signer=signer)


def software() -> str:
    """What a receipt calls this program."""
    return f"hallmark {version('hallmark')}"


def part_key(from_store: KeyStore, settings: Settings, folder: Path, clock: Callable[[], int]) -> None:
    """Copy the house's receipt key into `folder`, alone, under the passphrase for receipts. Raises KeyExists."""
    from_store.hand_over("receipt", KeyStore(folder, receipt_passphrase(settings), clock))


def _signer(settings: Settings, clock: Callable[[], int]) -> Signer:
    folder = settings.home / settings.receipt_keys
    if not folder.is_dir():
        raise ReceiptKeysNotAlone(folder=settings.receipt_keys)
    store = KeyStore(folder, receipt_passphrase(settings), clock)
    records = store.records()
    if len(records) != 1 or records[0].purpose is not Purpose.RECEIPT or records[0].state is not KeyState.ACTIVE:
        raise ReceiptKeysNotAlone(folder=settings.receipt_keys)
    return store.signer(records[0].name)
