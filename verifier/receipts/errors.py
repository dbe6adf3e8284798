"""Why a receipt does not count, or cannot be given: one base, a stable code per leaf. Each says which exit status it means."""

from typing import ClassVar

from verifier.errors import VerifierError


class ReceiptError(VerifierError):
    """Base of the errors about receipts; `state` is how far the receipt stands (docs/receipts.md)."""

    code = "verifier.receipt_invalid"
    state: ClassVar[str] = "unreadable"


class ReceiptMalformed(ReceiptError):
    """No `receipt+jwt` in the one form that we read (docs/formats.md, section 15). Params: member."""

    code = "verifier.receipt_malformed"


class ReceiptAltered(ReceiptError):
    """It names a key of ours, and that key did not sign these bytes."""

    code = "verifier.receipt_altered"
    state = "altered"


class ReceiptSignerUnknown(ReceiptError):
    """No key that the root of trust names for receipts signed it. Params: kid."""

    code = "verifier.receipt_signer_unknown"
    state = "unknown_signer"


class ReceiptFromFuture(ReceiptError):
    """It was made later than our clock says it is. Params: iat."""

    code = "verifier.receipt_from_future"
    state = "unknown_signer"


class ReceiptsNotGiven(ReceiptError):
    """This verifier holds no key for receipts."""

    code = "verifier.receipts_not_given"


class ReceiptOfNothing(ReceiptError):
    """Nothing could be read, so there is nothing to give a receipt of."""

    code = "verifier.receipt_of_nothing"
