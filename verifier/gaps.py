"""What evidence can lack: a piece that was not handed over, or one that does not hold."""

from verifier.errors import VerifierError


class EvidenceGap(VerifierError):
    """Evidence that a step needs cannot be used; the step says UNKNOWN. Params: path."""

    code = "verifier.evidence_gap"

    @property
    def path(self) -> str:
        """The published path whose bytes are wanted or rejected."""
        return str(self.params["path"])


class EvidenceMissing(EvidenceGap):
    """The bytes of this published path are not in hand."""

    code = "verifier.evidence_missing"


class EvidenceRejected(EvidenceGap):
    """The bytes in hand do not hold: unsigned, altered, rolled back, or not logged. Params: path, defect (a code)."""

    code = "verifier.evidence_rejected"


class RegistryAddressInvalid(VerifierError):
    """The registry's address is neither https nor this machine. Params: address."""

    code = "verifier.registry_address_invalid"


class FloorUnreadable(VerifierError):
    """The file that remembers the newest log seen is broken; deleting it forgets what was seen. Params: file."""

    code = "verifier.floor_unreadable"
