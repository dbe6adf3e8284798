"""Gives receipts and opens them, for the page, the API and the command line alike. Pure: roots, clock and key are handed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from keys.roots import Roots
from keys.rotation import Purpose
from keys.signer import Signer
from verifier.receipts.claims import Checked, CheckReceipt, Summary, to_claims
from verifier.receipts.errors import ReceiptError, ReceiptOfNothing, ReceiptSignerUnknown, ReceiptsNotGiven
from verifier.receipts.making import checked
from verifier.receipts.sealing import open_receipt, seal_receipt
from verifier.verdict import Verdict

EXIT_STATUS: Final[Mapping[str, int]] = {"genuine": 2, "altered": 1, "unknown_signer": 1, "unreadable": 3}
"""A genuine receipt is 2, never 0: it says what was so, and cannot say what is so now (docs/receipts.md)."""


@dataclass(frozen=True, slots=True)
class OpenedReceipt:
    """What came of opening a receipt: genuine with its content, or why it does not count."""

    receipt: CheckReceipt | None = None
    defect: ReceiptError | None = None

    @property
    def state(self) -> str:
        """genuine, altered, unknown_signer or unreadable."""
        return self.defect.state if self.defect else "genuine"

    @property
    def exit_status(self) -> int:
        """The command line's exit status."""
        return EXIT_STATUS[self.state]

    def to_json(self) -> dict[str, Any]:
        """The answer for programs (docs/receipts.md)."""
        return {
            "receipt": self.state,
            "exit": self.exit_status,
            "code": self.defect.code if self.defect else None,
            "claims": to_claims(self.receipt) if self.receipt else None,
        }


class ReceiptDesk:
    """Opens receipts under `roots`; gives them where it was handed a `signer`, which the roots must name.

    `issuer` is the verifier's address, as `https://host/`; `clock` gives UNIX seconds. Raises ReceiptSignerUnknown.
    """

    def __init__(
        self, roots: Roots, clock: Callable[[], int], *, issuer: str, software: str, signer: Signer | None = None
    ) -> None:
        self._roots = roots
        self._clock = clock
        self._issuer = issuer
        self._software = software
        self._signer = signer
        if signer is not None and signer.public_key not in roots.key_set(Purpose.RECEIPT).keys:
            raise ReceiptSignerUnknown(kid=signer.public_key.kid)

    @property
    def gives(self) -> bool:
        """Whether it can give receipts, or only open them."""
        return self._signer is not None

    def receipt(self, verdict: Verdict, text: str) -> str:
        """Return the sealed receipt of a verdict on `text`. Raises ReceiptsNotGiven, ReceiptOfNothing for no text, and what the
        signer raises.
        """
        if not text:
            raise ReceiptOfNothing
        return self.sealed(checked(verdict, text))

    def sealed(self, content: Checked | Summary) -> str:
        """Return a sealed receipt with this content. Raises ReceiptsNotGiven, and what the signer raises."""
        if self._signer is None:
            raise ReceiptsNotGiven
        now = self._clock()
        return seal_receipt(
            CheckReceipt(self._issuer, now, self._roots.test, self._software, self._roots.version, content),
            self._signer,
        )

    def opened(self, text: str) -> OpenedReceipt:
        """Return what came of opening `text` as a receipt; never raises for any text."""
        try:
            return OpenedReceipt(open_receipt(text, self._roots, self._clock()))
        except ReceiptError as defect:
            return OpenedReceipt(defect=defect)
