"""What a verdict rests on: which lists in which version, which entries, under which checkpoint. Pure.

An answer that names its evidence can be looked up again by anybody, years later, in the published log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.checkpoint import OpenedCheckpoint
from registry.errors import RegistryError
from registry.events import EventRecord
from registry.lists import PublishedList
from registry.statuslist import StatusList
from verifier.artifacts import Logged
from verifier.attached import Attached


@dataclass(frozen=True, slots=True)
class EventsRead:
    """One slot's events, oldest first, and the file they were read from: its block of 4,096 slots and its leaf hash."""

    block: int
    leaf_hash: bytes
    records: tuple[EventRecord, ...]


@dataclass(frozen=True, slots=True)
class Basis:
    """The opened evidence behind one verdict; None for what was not in hand or not asked for."""

    checkpoint: OpenedCheckpoint | None = None
    attached: Attached | None = None
    logged: Logged | None = None
    trust: PublishedList | None = None
    status: StatusList | None = None
    events: EventsRead | None = None

    def to_json(self) -> dict[str, Any]:
        """The evidence for programs (docs/api.md): places, versions and digests. Times are UNIX seconds, hashes hexadecimal."""
        return {
            "checkpoint": _checkpoint(self.checkpoint),
            "proof": _checkpoint(self.attached.checkpoint if self.attached else None),
            "entry": None if self.logged is None else {"log_index": self.logged.index, "time": self.logged.entry.t},
            "trust_list": _trust(self.trust),
            "status_list": _status(self.status),
            "events": _events(self.events, self.status),
        }


def event_of(record: EventRecord) -> str | None:
    """The name of a record's event; None where the detail was erased or does not hold."""
    try:
        opened = record.opened()
    except RegistryError:
        return None
    return opened.detail.event if opened else None


def _checkpoint(opened: OpenedCheckpoint | None) -> Mapping[str, Any] | None:
    if opened is None:
        return None
    head = opened.checkpoint
    return {"size": head.size, "root": head.root.hex(), "time": opened.time}


def _trust(trust: PublishedList | None) -> Mapping[str, Any] | None:
    return None if trust is None else {"version": trust.version, "published": trust.published}


def _status(status: StatusList | None) -> Mapping[str, Any] | None:
    if status is None:
        return None
    return {
        "list": status.list,
        "version": status.version,
        "signed_at": status.iat,
        "digest": status.digest.hex(),
        "log_index": status.entry_index,
    }


def _events(events: EventsRead | None, status: StatusList | None) -> Mapping[str, Any] | None:
    if events is None or status is None:
        return None
    return {
        "list": status.list,
        "block": events.block,
        "leaf_hash": events.leaf_hash.hex(),
        "root": status.events_root.hex(),
        "entries": [_event(record) for record in events.records],
    }


def _event(record: EventRecord) -> Mapping[str, Any]:
    change = record.change
    return {
        "log_index": record.log_index,
        "time": change.t,
        "event": event_of(record),
        "old": change.old,
        "new": change.new,
        "effective_at": change.effective_at,
    }
