"""Holds the ledger against the registry: each certificate of one is the same certificate in the other, and no third exists.

`registry.audit` proves that the registry agrees with its signed log; this proves that the ledger agrees with both. The
registry's answer is not believed: every released certificate's entry is made again from the sealed bytes and found at its
place under the signed root. It changes nothing, and may run while others issue and change.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from sqlalchemy import Connection, select

from credentials.envelope import Presented, read_document, read_token
from credentials.errors import CredentialsError
from issuers.ledger import Ledger
from issuers.records import RELEASED, SEALED, Account
from keys.errors import KeysError
from registry.entries import CredentialEntry, decode
from registry.errors import RegistryError
from registry.events import EVENTS
from registry.log import Log
from registry.logview import LogView
from registry.merkle import leaf_hash
from registry.replay import Finding
from registry.statuslist import SLOTS, VALID, StatusArray
from registry.stored import Head, require_head, stored_bodies, tile_reader
from registry.tables import SLOT, STATUS_LIST
from web.database import reading

Progress = Callable[[int, int], None]

BACKDATING_LIMIT: Final = 86_400
"""More than this between a certificate's own time and the log's is a finding, as the verifier gives a warning."""
STATUS_OF_STATE: Final = {RELEASED: VALID} | {name: event.status for name, event in EVENTS.items()}
_EVERY: Final = 256


def reconcile(ledger: Ledger, log: Log, kid8s: Collection[bytes], progress: Progress | None = None) -> list[Finding]:
    """Return every disagreement between `ledger` and the registry over `log`; empty when there is none.

    `kid8s` are the ids of the keys that seal for this ledger: nothing under them may be logged that it does not know.
    """
    settled, total = log.head().size, ledger.size()
    accounts = ledger.accounts()
    first = next(accounts, None)  # the ledger's snapshot is older than the registry's, and younger than `settled`
    with reading(log.engine) as connection:
        books = _Books(connection, require_head(connection))
        for done, account in enumerate(chain(() if first is None else (first,), accounts)):
            books.compare(account)
            if progress is not None and done % _EVERY == 0:
                progress(done, total)
        books.find_strangers(kid8s, settled)
    books.look_again(ledger)
    return books.findings


@dataclass(slots=True)
class _Books:
    """One snapshot of the registry, and what the ledger's rows turn out to be in it."""

    connection: Connection
    head: Head
    findings: list[Finding] = field(default_factory=list)
    _view: LogView = field(init=False)
    _arrays: dict[int, StatusArray] = field(init=False)
    _known: dict[int, bytearray] = field(default_factory=dict)
    _last: Account | None = None
    _doubtful: list[tuple[Account, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._view = LogView(self.head.size, self.head.root, tile_reader(self.connection))
        rows = self.connection.execute(select(STATUS_LIST.c.no, STATUS_LIST.c.array))
        self._arrays = {number: StatusArray(array) for number, array in rows}

    def find(self, code: str, **params: object) -> None:
        """Note a defect."""
        self.findings.append(Finding(f"audit.ledger_{code}", params))

    def compare(self, account: Account) -> None:
        """Take the ledger's next row, in the order of slots."""
        last, self._last = self._last, account
        if last is not None and (last.list, last.index) == (account.list, account.index):
            self.find("slot_twice", list=account.list, slot=account.index, number=last.number, other=account.number)
        if 0 <= account.index < SLOTS:
            self._known.setdefault(account.list, bytearray(SLOTS))[account.index] = 1
        if account.unreadable:
            self.find("unreadable", number=account.number)
        if account.state == SEALED and account.batch_state == SEALED and account.log_index is None:
            return  # stored and not released yet: the next `issue` finishes it
        if account.batch_state != RELEASED or account.state not in STATUS_OF_STATE or account.log_index is None:
            self.find("row_state", number=account.number, state=account.state, batch=account.batch_state)
            return
        if account.releases != 1:
            self.find("audit_rows", number=account.number, found=account.releases)
        self._entry(account, account.log_index)
        self._status(account)

    def _entry(self, account: Account, index: int) -> None:
        """The entry at `index` is proven, and says what the sealed bytes say."""
        try:
            body = stored_bodies(self.connection, index, index + 1)
            entry = decode(body[0]) if body and self._view.leaf_hash(index) == leaf_hash(body[0]) else None
        except RegistryError:
            entry = None
        if entry is None:
            self.find("entry_missing", number=account.number, index=index)
            return
        sealed = _opened(account)
        if not isinstance(entry, CredentialEntry) or not _same(entry, account, sealed):
            self.find("entry_differs", number=account.number, index=index)
        elif sealed is not None and abs(entry.t - (issued := sealed[0].credential.issued_at)) > BACKDATING_LIMIT:
            self.find("backdated", number=account.number, index=index, issued=issued, logged=entry.t)

    def _status(self, account: Account) -> None:
        array = self._arrays.get(account.list)
        found = -1 if array is None or not 0 <= account.index < SLOTS else array.get(account.index)
        if found != STATUS_OF_STATE[account.state]:
            self._doubtful.append((account, found))

    def find_strangers(self, kid8s: Collection[bytes], settled: int) -> None:
        """Name what was logged under our keys, before entry `settled`, and never stood in the ledger."""
        rows = select(SLOT.c.list, SLOT.c.index, SLOT.c.log_index).where(
            SLOT.c.log_index < settled, SLOT.c.kid8.in_(kid8s)
        )
        for number, slot, index in self.connection.execute(rows.order_by(SLOT.c.log_index)):
            if not self._known.get(number, bytes(SLOTS))[slot]:
                self.find("entry_unknown", index=index, list=number, slot=slot)

    def look_again(self, ledger: Ledger) -> None:
        """Name the statuses that differ, but for certificates whose status is being changed or has changed meanwhile."""
        under_way = ledger.under_way() if self._doubtful else frozenset()
        for account, found in self._doubtful:
            if account.number not in under_way and ledger.record(account.number).state == account.state:
                slot = {"list": account.list, "slot": account.index, "found": found}
                self.find("status_differs", number=account.number, state=account.state, **slot)


def _opened(account: Account) -> tuple[Presented, Presented] | None:
    """Both sealed forms as read; None for an erased person, or where they cannot be read."""
    if account.sealed is None:
        return None
    try:
        return read_token(account.sealed[0]), read_document(account.sealed[1])
    except (CredentialsError, KeysError):
        return None


def _same(entry: CredentialEntry, account: Account, sealed: tuple[Presented, Presented] | None) -> bool:
    """Whether the entry is the account's; of an erased person only the slot is left to compare."""
    if (entry.list, entry.index) != (account.list, account.index):
        return False
    if account.sealed is None:
        return True
    if sealed is None:
        return False
    token, document = sealed
    slots = {(each.credential.status.list, each.credential.status.index) for each in (token, document)}
    numbers = {each.credential.number for each in (token, document)}
    same = (token.kid8, token.digest, document.digest) == (entry.kid8, entry.qr, entry.doc)
    return same and slots == {(account.list, account.index)} and numbers == {account.number}
