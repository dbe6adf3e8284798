"""Names every reason for which a witness refuses, and every way in which one elsewhere is absent."""

from registry.errors import RegistryError, WitnessesMissing


class WitnessConflict(RegistryError):
    """The witness has seen another size than the proof begins with; its size is in `size` (tlog-witness: 409)."""

    code = "registry.witness_conflict"


class WitnessRefuses(RegistryError):
    """The checkpoint does not descend from the one the witness has cosigned: a fork or a roll-back (tlog-witness: 422)."""

    code = "registry.witness_refuses"


class WitnessRequestInvalid(RegistryError):
    """What was sent to a witness, or came back, is not of the form of tlog-witness (400)."""

    code = "registry.witness_request_invalid"


class LogUnknown(RegistryError):
    """This witness does not serve that log (404)."""

    code = "registry.log_unknown"


class LogKnownAlready(RegistryError):
    """A log is added that the witness knows, or its keys are to be replaced and it knows none."""

    code = "registry.log_known_already"


class WitnessFolderMissing(RegistryError):
    """There is no witness in this folder."""

    code = "registry.witness_folder_missing"


class WitnessFolderExists(RegistryError):
    """The folder for a new witness is not empty; nothing was touched."""

    code = "registry.witness_folder_exists"


class WitnessFolderInvalid(RegistryError):
    """A member of `witness.toml` is unknown or wrong."""

    code = "registry.witness_folder_invalid"


class WitnessAbsent(RegistryError):
    """Base: a witness elsewhere was asked and gave no cosignature. Publishing goes on while enough others did."""

    code = "registry.witness_absent"


class TooFewWitnesses(WitnessesMissing):
    """Fewer witnesses than the roots demand have cosigned, so nothing was published; `absent` says who and why."""

    code = "registry.too_few_witnesses"


class WitnessUnreachable(WitnessAbsent):
    """No answer came from the witness in time."""

    code = "registry.witness_unreachable"


class WitnessBusy(WitnessAbsent):
    """The witness answered that it has too much to do (429, 503)."""

    code = "registry.witness_busy"


class WitnessFailing(WitnessAbsent):
    """The witness answered that it has failed, or something that its protocol does not know."""

    code = "registry.witness_failing"


class WitnessUnaware(WitnessAbsent):
    """The witness does not know this log (404): its operator must add the log's keys."""

    code = "registry.witness_unaware"


class WitnessDistrusts(WitnessAbsent):
    """The witness knows the log under other keys (403)."""

    code = "registry.witness_distrusts"


class WitnessPuzzled(WitnessAbsent):
    """The witness could not read the request (400)."""

    code = "registry.witness_puzzled"


class WitnessSeesFork(WitnessAbsent):
    """To the witness the checkpoint does not descend from the one it has cosigned (422)."""

    code = "registry.witness_sees_fork"


class WitnessAhead(WitnessAbsent):
    """The witness has cosigned a larger tree than ours: it has seen a log that this database does not hold (409)."""

    code = "registry.witness_ahead"


class WitnessAnswerInvalid(WitnessAbsent):
    """The witness said yes, but none of the keys that we know it by has cosigned."""

    code = "registry.witness_answer_invalid"
