"""Asks a witness elsewhere for its cosignature over HTTPS (c2sp.org/tlog-witness, add-checkpoint).

Nothing that a witness answers is believed but a cosignature that verifies under a key we know it by.
"""

from collections.abc import Sequence
from typing import Final

from registry.checkpoint import Head, read_head, verify_cosignature
from registry.errors import NoteInvalid, RegistryError
from registry.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, MAX_SIGNATURES, NoteKey, SignatureLine, read_note
from registry.witnesses.cosigner import ConsistencyProof
from registry.witnesses.protocol import ADD_CHECKPOINT, MAX_ANSWER_BYTES, Request, read_size_answer
from registry.witnesses.refusals import (
    WitnessAbsent,
    WitnessAhead,
    WitnessAnswerInvalid,
    WitnessBusy,
    WitnessDistrusts,
    WitnessFailing,
    WitnessPuzzled,
    WitnessRequestInvalid,
    WitnessSeesFork,
    WitnessUnaware,
    WitnessUnreachable,
)
from web.egress import Answer, Gate, Unreachable

_CONFLICT: Final = 409
_ABSENT: Final[dict[int, type[WitnessAbsent]]] = {
    400: WitnessPuzzled,
    403: WitnessDistrusts,
    404: WitnessUnaware,
    422: WitnessSeesFork,
    429: WitnessBusy,
    503: WitnessBusy,
}


class RemoteWitness:
    """A witness behind HTTP, as `registry.witnesses.cosigner.Cosign`. Safe to share between threads."""

    def __init__(self, url: str, keys: Sequence[NoteKey], *, timeout: float = 5.0) -> None:
        """`url` is the submission prefix, `keys` the cosigner keys (0x04, 0x06) of one name that it is known by.

        Raises ValueError for an address that the gate does not open for, NoteInvalid for keys that are not one cosigner's.
        """
        kinds = [key.kind for key in keys]
        if len({key.name for key in keys}) != 1 or not set(kinds) <= {COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44}:
            raise NoteInvalid(reason="keys of a witness")
        self.name = keys[0].name
        self.url = url
        self._keys = tuple(keys)
        self._gate = Gate(url, max_bytes=MAX_ANSWER_BYTES, timeout=timeout)
        self._size: int | None = None  # what it was last known to have cosigned; a wrong guess costs one more request

    def __call__(self, note: bytes, prove: ConsistencyProof) -> bytes:
        """Return `note` with the witness's cosignatures added. Raises WitnessAbsent, one leaf for each way to say no."""
        head = read_head(read_note(note).text)
        guess = self._size if self._size is not None and self._size <= head.size else 0
        answer = self._asked(guess, head.size, note, prove)
        if answer.status == _CONFLICT:
            named = self._named_size(answer)
            if named > head.size:
                raise WitnessAhead(witness=self.name, size=named, ours=head.size)
            answer = self._asked(named, head.size, note, prove)
        lines = self._accepted(answer, head)
        self._size = head.size
        return note + "".join(map(str, lines)).encode()

    def _asked(self, old: int, size: int, note: bytes, prove: ConsistencyProof) -> Answer:
        proof = tuple(prove(old, size)) if 0 < old < size else ()
        try:
            return self._gate.ask(ADD_CHECKPOINT, Request(old, proof, note).to_bytes())
        except Unreachable as error:
            raise WitnessUnreachable(witness=self.name) from error

    def _named_size(self, answer: Answer) -> int:
        """The size that a 409 names. Its media type is the specification's, but a proxy may have put its own."""
        try:
            return read_size_answer(answer.body)
        except WitnessRequestInvalid:
            raise WitnessFailing(witness=self.name, status=_CONFLICT) from None

    def _accepted(self, answer: Answer, head: Head) -> list[SignatureLine]:
        """The cosignatures in a 200, of our keys alone, each verified."""
        if answer.status != 200:
            raise _ABSENT.get(answer.status, WitnessFailing)(witness=self.name, status=answer.status)
        try:
            note = read_note(head.text + b"\n" + answer.body)
            if note.text != head.text:
                raise NoteInvalid(reason="more than signature lines")
            wanted = [(key, line) for key in self._keys for line in note.lines if line.is_of(key)]
            for key, line in wanted:
                if verify_cosignature(key, line.signature, head) == 0:  # tlog-witness: MUST NOT be zero
                    raise NoteInvalid(reason="time")
        except RegistryError as error:
            raise WitnessAnswerInvalid(witness=self.name, defect=error.code) from error
        if not wanted or len(wanted) > MAX_SIGNATURES:
            raise WitnessAnswerInvalid(witness=self.name, defect="registry.checkpoint_unsigned")
        return [line for _, line in wanted]
