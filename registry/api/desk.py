"""The registry as one client may use it: for its own body, with its own keys, under its own batch ids.

Every method takes the caller's client; there is no way to name a body or another's batch. What is public anyway (heads,
proofs) is not restricted. Whose a key is never changes, so asking before the transaction is enough.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy import Engine

from keys.algorithms import PublicKey
from registry import enrolment
from registry.api import journal
from registry.api.clients import Client, find_client
from registry.api.introduction import open_succession
from registry.api.journal import Line
from registry.api.journal_audit import OWN
from registry.api.refusals import BatchNotFound, KeyOfAnother
from registry.contract import Appended, Changed, SlotRun, StatusChange, Submission
from registry.enrolment import ACTIVE, EnrolledKey
from registry.errors import RegistryError
from registry.events import open_detail
from registry.grouped import GroupedRecorder
from registry.recorder import Recorder
from registry.refusals import KeyTaken
from registry.stored import Head
from web.database import reading

BATCH_ACTS: Final = ("reserve", "append", "change")
MAX_LINES: Final = 1000


@dataclass(frozen=True, slots=True)
class IssuersDesk:
    """What the API does for its clients, over the registry in this process; `grouped` gathers what threads ask at once."""

    recorder: Recorder
    grouped: GroupedRecorder
    engine: Engine
    clock: Callable[[], int]

    def reserve(self, client: Client, batch: str, count: int) -> Sequence[SlotRun]:
        """As `Recorder.reserve`, under the client's own batch ids."""
        with _own_words(client, batch) as own:
            return self.grouped.reserve(own, count, alongside=client.actor.noting("reserve", batch))

    def append(self, client: Client, batch: str, submissions: Sequence[Submission]) -> Appended:
        """As `Recorder.append`, with keys of the client's body only. Raises KeyOfAnother."""
        self._require_own(client, {each.kid8 for each in submissions})
        with _own_words(client, batch) as own:
            return self.grouped.append(own, submissions, alongside=client.actor.noting("append", batch))

    def change(self, client: Client, batch: str, changes: Sequence[StatusChange]) -> Changed:
        """As `Recorder.change_statuses`, sealed by keys of the client's body only. Raises KeyOfAnother."""
        self._require_own(client, {open_detail(change.detail).sealed.kid8 for change in changes})
        with _own_words(client, batch) as own:
            return self.recorder.change_statuses(own, changes, alongside=client.actor.noting("change", batch))

    def prove(self, first_index: int, count: int, size: int) -> Sequence[Sequence[bytes]]:
        """As `Recorder.prove`."""
        return self.recorder.prove(first_index, count, size)

    def head(self) -> Head:
        """As `Recorder.head`."""
        return self.recorder.head()

    def keys(self, client: Client) -> list[EnrolledKey]:
        """Return every key of the client's body, in the order of the log."""
        return [key for key in self.recorder.enrolled_keys() if key.body_code == client.body_code]

    def introduce(self, client: Client, succession: bytes) -> EnrolledKey:
        """Enrol another key of the body, for which one of its active keys vouches. Raises IntroductionInvalid, KeyTaken.

        The old key stays open: the trust list has to name the new one before it is of use.
        """
        active = {key.public_key.kid: key.public_key for key in self.keys(client) if key.state == ACTIVE}
        opened = open_succession(succession, active, self.clock())
        if opened.body_code != client.body_code:
            raise KeyOfAnother(kid=opened.key.kid)
        with reading(self.engine) as connection:
            if find_client(connection, opened.key.kid) is not None:
                raise KeyTaken(kid=opened.key.kid)  # one key, one purpose
        self.recorder.enrol(client.body_code, opened.key, alongside=client.actor.noting("enrol", opened.key.kid))
        return self._own_key(client, opened.key)

    def retire(self, client: Client, kid: str) -> EnrolledKey:
        """Close one of the body's keys; asking again is harmless. Raises KeyOfAnother, KeyNotActive."""
        key = next((key for key in self.keys(client) if key.public_key.kid == kid), None)
        if key is None:
            raise KeyOfAnother(kid=kid)
        if key.state == enrolment.RETIRED:
            return key
        return self.recorder.retire(key.public_key.thumbprint, alongside=client.actor.noting("retire", kid))

    def batches(self, client: Client, after: int, count: int) -> list[Line]:
        """Return what the client did to batches, in order, at most `count` lines of the journal after `after`."""
        with reading(self.engine) as connection:
            mine = journal.lines(connection, actor=client.client_id, after=after)
            return list(islice((line for line in mine if line.act in BATCH_ACTS), count))

    def batch(self, client: Client, batch: str) -> Mapping[str, Line]:
        """Return act -> line for one batch of the client. Raises BatchNotFound."""
        with reading(self.engine) as connection:
            found = journal.of_subject(connection, client.client_id, batch)
        acts = {line.act: line for line in found if line.act in BATCH_ACTS}
        if not acts:
            raise BatchNotFound(batch=batch)
        return acts

    def _own_key(self, client: Client, key: PublicKey) -> EnrolledKey:
        return next(each for each in self.keys(client) if each.public_key == key)

    def _require_own(self, client: Client, kid8s: Iterable[bytes]) -> None:
        with reading(self.engine) as connection:
            for kid8 in kid8s:
                key = enrolment.key_of_kid8(connection, kid8)
                if key.body_code != client.body_code:
                    raise KeyOfAnother(kid=key.public_key.kid)


@contextmanager
def _own_words(client: Client, batch: str) -> Iterator[str]:
    """The batch id under which the registry knows the client's batch; refusals name the client's own again."""
    try:
        yield f"{OWN}{client.client_id}:{batch}"
    except RegistryError as refusal:
        if "batch" in refusal.params:
            refusal.params["batch"] = batch
        raise
