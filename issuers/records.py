"""What the ledger hands out and takes in: sealed certificates, records, planned changes, accounts. Pure data."""

from dataclasses import dataclass
from typing import Final

from registry.contract import StatusChange

SEALED: Final = "sealed"
RELEASED: Final = "released"


@dataclass(frozen=True, slots=True)
class SealedCertificate:
    """One certificate as it lies in the ledger: its sealed bytes and what the registry needs to know of it."""

    id: bytes
    number: str
    source_key: bytes
    row: int
    kind: str
    body_code: str
    issued_at: int
    list: int
    index: int
    token: bytes
    document: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger knows of a released certificate without opening its personal data."""

    id: bytes
    number: str
    kind: str
    body_code: str
    batch: str
    row: int
    list: int
    index: int
    log_index: int
    state: str
    successor: str | None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """Status changes of certificates, in order, as they are asked of the registry under the id `batch`."""

    batch: str
    event: str
    successor: str | None
    numbers: tuple[str, ...]
    changes: tuple[StatusChange, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A ledger row as an audit sees it, released or not; `sealed` is the token and the document.

    `sealed` is None for a person who was erased; `unreadable` tells that it is there and does not decrypt.
    """

    number: str
    list: int
    index: int
    log_index: int | None
    state: str
    batch_state: str
    releases: int
    sealed: tuple[bytes, str] | None
    unreadable: bool
