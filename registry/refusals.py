"""Names every reason for which the registry's rim refuses: requests, the store, the folder."""

from registry.errors import RegistryError


class OlderThanWitnessed(RegistryError):
    """The database ends before a head that has already left this house: an old backup. Signing would fork the log."""

    code = "registry.older_than_witnessed"


class StoredBytesDiffer(RegistryError):
    """Stored entries, tiles and head do not agree with what is about to be signed or published."""

    code = "registry.stored_bytes_differ"


class ArrayDiffersFromLog(RegistryError):
    """A stored status list is not the one whose digest stands in the log: somebody changed it behind the registry."""

    code = "registry.array_differs_from_log"


class NotFounded(RegistryError):
    """The database holds no log yet."""

    code = "registry.not_founded"


class OtherLog(RegistryError):
    """The database or the folder belongs to a log with another name."""

    code = "registry.other_log"


class FolderNotOurs(RegistryError):
    """The folder that is to be published into holds files of somebody else."""

    code = "registry.folder_not_ours"


class Busy(RegistryError):
    """Another writer held the database for too long; nothing was changed, try again."""

    code = "registry.busy"


class StorageFailed(RegistryError):
    """The store failed (disk full, input/output error). Nothing was changed, or all of it: asking again tells, and is safe."""

    code = "registry.storage_failed"


class StorageLost(RegistryError):
    """The connection to the database broke: whether the change was made is not known. Asking again, same id, tells."""

    code = "registry.storage_lost"


class DatabaseMoved(RegistryError):
    """This database's log was moved to another one and grows there; here it must not."""

    code = "registry.database_moved"


class UrlInvalid(RegistryError):
    """Not the URL of a database that we open, or with a password in it."""

    code = "registry.url_invalid"


class MoveTargetTaken(RegistryError):
    """The target of a move holds something else than an unfinished move of the same log."""

    code = "registry.move_target_taken"


class MoveSourceGrew(RegistryError):
    """Somebody wrote to the source while it was moved; what is new is still to be copied."""

    code = "registry.move_source_grew"


class MoveDiffers(RegistryError):
    """After a move a row or a root is not what it was in the source."""

    code = "registry.move_differs"


class StorageConflict(RegistryError):
    """The store already holds a row where this one belongs; nothing was changed."""

    code = "registry.storage_conflict"


class BatchConflict(RegistryError):
    """This batch id was used before with other content."""

    code = "registry.batch_conflict"


class BatchInvalid(RegistryError):
    """A batch that is empty, too large, or has an id that cannot stand."""

    code = "registry.batch_invalid"


class SlotNotReserved(RegistryError):
    """A status slot that this batch has not reserved."""

    code = "registry.slot_not_reserved"


class SlotTaken(RegistryError):
    """A status slot that holds a certificate already, or is named twice in one batch."""

    code = "registry.slot_taken"


class SlotNotIssued(RegistryError):
    """A status change for a slot that holds no certificate."""

    code = "registry.slot_not_issued"


class SubmissionInvalid(RegistryError):
    """A submission whose digests, signatures or key id have the wrong length or type."""

    code = "registry.submission_invalid"


class SubmissionForged(RegistryError):
    """A signature in a batch does not belong to the key it names; the whole batch is refused."""

    code = "registry.submission_forged"


class KeyUnknown(RegistryError):
    """No key with this id is enrolled."""

    code = "registry.key_unknown"


class KeyNotActive(RegistryError):
    """The key is enrolled, but retired or compromised."""

    code = "registry.key_not_active"


class KeyRowForged(RegistryError):
    """An issuer key's row says something else than the log entry that opened the key."""

    code = "registry.key_row_forged"


class KeyTaken(RegistryError):
    """This key, or one whose id begins with the same eight bytes, is enrolled already."""

    code = "registry.key_taken"


class KeyUnfit(RegistryError):
    """Only ES256 keys of a named body can be enrolled, and a loss cannot lie in the future of the log."""

    code = "registry.key_unfit"


class NotTheOwner(RegistryError):
    """The detail is signed by a body that does not own the slot."""

    code = "registry.not_the_owner"


class DetailMismatch(RegistryError):
    """The sealed detail names another slot, status or time than the change that carries it."""

    code = "registry.detail_mismatch"


class VersionOutOfOrder(RegistryError):
    """A published list or roots document whose version is not the next one."""

    code = "registry.version_out_of_order"


class ShardsMissing(RegistryError):
    """A trust list without the shards that its manifest names."""

    code = "registry.shards_missing"


class NotRetrievable(RegistryError):
    """Asked for something that the registry does not hold."""

    code = "registry.not_retrievable"


class EffectiveLater(RegistryError):
    """A status change that takes effect in the future: the list would already show it."""

    code = "registry.effective_later"


class TrustDiffersFromLog(RegistryError):
    """A trust list gives a key another owner, state or log position than the log does."""

    code = "registry.trust_differs_from_log"
