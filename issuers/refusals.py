"""Names why issuing or a status change stopped. Nothing is lost: what was stored resumes, what was not was never out."""

from issuers.errors import IssuersError


class IssuingError(IssuersError):
    """Base of everything that stops issuing."""

    code = "issuers.issuing_error"


class LedgerUnreadable(IssuingError):
    """Personal data does not decrypt: another key, or altered bytes. Params: certificate."""

    code = "issuers.ledger_unreadable"


class AlreadyUnderWay(IssuingError):
    """Another process is issuing the same people at the same time; run again to see what it left. Params: none."""

    code = "issuers.already_under_way"


class RegistryUnproven(IssuingError):
    """The registry's answer does not prove what it claims; nothing was released. Params: batch, defect."""

    code = "issuers.registry_unproven"


class SealedDiffers(IssuingError):
    """Sealed or stored bytes do not say what was approved: memory or disk at fault. Nothing was registered. Params: number, defect."""

    code = "issuers.sealed_differs"


class SlotsWrong(IssuingError):
    """The registry gave other slots than were asked for. Params: batch."""

    code = "issuers.slots_wrong"


class NumberUnknown(IssuingError):
    """No released certificate of this ledger has this number. Params: number."""

    code = "issuers.number_unknown"


class ChangeNotAllowed(IssuingError):
    """The certificate's present state does not permit this event. Params: number, event, state."""

    code = "issuers.change_not_allowed"


class SuccessorUnknown(IssuingError):
    """A superseded certificate must name a released successor. Params: number."""

    code = "issuers.successor_unknown"


class SuccessorDiffers(IssuingError):
    """The corrected row names another person or another body than the certificate it replaces. Params: number."""

    code = "issuers.successor_differs"


class BatchUnknown(IssuingError):
    """No released certificate of this ledger belongs to this batch. Params: batch."""

    code = "issuers.batch_unknown"


class ProofPending(IssuingError):
    """No cosigned checkpoint covers the certificate's entry yet, so there is no proof to hand out. Params: number."""

    code = "issuers.proof_pending"


class ProofUnfit(IssuingError):
    """The published files do not prove what lies in the ledger; no proof is handed out. Params: number, defect."""

    code = "issuers.proof_unfit"
