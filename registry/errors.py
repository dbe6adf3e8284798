"""Names every defect that the registry's pure part can find in what it is handed."""

from typing import ClassVar


class RegistryError(Exception):
    """Base of the room: a stable `code` for machines, `params` for the message catalogue."""

    code: ClassVar[str] = "registry.error"

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.code, params)

    def __str__(self) -> str:
        shown = " ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code} {shown}".rstrip()


class EvidenceMissing(RegistryError):
    """A file that a proof needs is not there. Says nothing about the certificate."""

    code = "registry.evidence_missing"


class ProofInvalid(RegistryError):
    """Hashes do not lead to the root they should lead to."""

    code = "registry.proof_invalid"


class TileInvalid(RegistryError):
    """A tile or an entry bundle is not of the form that c2sp.org/tlog-tiles gives it."""

    code = "registry.tile_invalid"


class EntryInvalid(RegistryError):
    """The bytes are no log entry of ours, or not in the one encoding we accept."""

    code = "registry.entry_invalid"


class HintsInvalid(RegistryError):
    """A hints file has the wrong length or is asked about another block."""

    code = "registry.hints_invalid"


class PathInvalid(RegistryError):
    """A name or number that cannot stand in the published folder."""

    code = "registry.path_invalid"


class NoteInvalid(RegistryError):
    """The bytes are no signed note with a checkpoint (c2sp.org/signed-note, c2sp.org/tlog-checkpoint)."""

    code = "registry.note_invalid"


class CheckpointUnsigned(RegistryError):
    """A signature that must stand under the checkpoint is missing."""

    code = "registry.checkpoint_unsigned"


class CheckpointForged(RegistryError):
    """A signature under a name and key we know does not verify."""

    code = "registry.checkpoint_forged"


class WrongLog(RegistryError):
    """The checkpoint belongs to another log."""

    code = "registry.wrong_log"


class WitnessesMissing(RegistryError):
    """Fewer known witnesses than required have cosigned the checkpoint."""

    code = "registry.witnesses_missing"


class ReceiptInvalid(RegistryError):
    """The text is no c2sp.org/tlog-proof."""

    code = "registry.receipt_invalid"


class StatusListInvalid(RegistryError):
    """A status list cannot be read, or its signature is not the status key's."""

    code = "registry.status_list_invalid"


class StatusListExpired(RegistryError):
    """The status list is past its `exp`."""

    code = "registry.status_list_expired"


class StatusListFromFuture(RegistryError):
    """The status list was signed later than this clock shows."""

    code = "registry.status_list_from_future"


class SlotOutOfRange(RegistryError):
    """A status index beyond the end of the list."""

    code = "registry.slot_out_of_range"


class EventInvalid(RegistryError):
    """A status event or its detail cannot be read."""

    code = "registry.event_invalid"


class EventsInconsistent(RegistryError):
    """The events of one slot do not follow one another: one was left out or put in."""

    code = "registry.events_inconsistent"


class TransitionRefused(RegistryError):
    """This event cannot follow the slot's present status."""

    code = "registry.transition_refused"


class DetailForged(RegistryError):
    """A status detail is not what the log committed to, or not signed by the body that owns the slot."""

    code = "registry.detail_forged"


class DetailErased(RegistryError):
    """The answer depends on a status detail that was erased."""

    code = "registry.detail_erased"


class ListInvalid(RegistryError):
    """A published list cannot be read or is not of its one canonical form."""

    code = "registry.list_invalid"


class ListUnsigned(RegistryError):
    """A published list lacks the signatures of enough publishers."""

    code = "registry.list_unsigned"


class ListExpired(RegistryError):
    """The published list is past its expiry: somebody may be holding back a newer one."""

    code = "registry.list_expired"


class ListNotEffective(RegistryError):
    """The published list takes effect only later."""

    code = "registry.list_not_effective"


class ListRolledBack(RegistryError):
    """The published list is older than one already seen."""

    code = "registry.list_rolled_back"


class ListForked(RegistryError):
    """The published list does not descend from the one already seen."""

    code = "registry.list_forked"


class TrustInvalid(RegistryError):
    """A trust list contradicts itself or cannot be read."""

    code = "registry.trust_invalid"


class CatalogueInvalid(RegistryError):
    """A catalogue contradicts itself or cannot be read."""

    code = "registry.catalogue_invalid"


class RecognitionInvalid(RegistryError):
    """A list of recognised foreign qualifications contradicts itself or cannot be read."""

    code = "registry.recognition_invalid"


class DraftInvalid(RegistryError):
    """The file is no draft of a published list, or was damaged on its way."""

    code = "registry.draft_invalid"


class DraftStale(RegistryError):
    """The draft does not follow the newest version: somebody published another one meanwhile."""

    code = "registry.draft_stale"


class NotAPublisher(RegistryError):
    """This key is none of those whose signatures count for the list."""

    code = "registry.not_a_publisher"
