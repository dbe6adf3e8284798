"""The table of the API: each operation with its scope, what it takes and gives, and what it may refuse.

App, OpenAPI document, readable page and tests are made from this table. An address that is not in it does not exist.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from marshmallow import Schema

from keys.b64 import b64u
from keys.jwk import to_jwk
from registry import contract
from registry.api import schemas
from registry.api.clients import Client
from registry.api.desk import IssuersDesk
from registry.api.journal import Line
from registry.api.refusals import BatchNotFound, IntroductionInvalid, KeyOfAnother
from registry.enrolment import EnrolledKey
from registry.errors import DetailForged, EventInvalid, RegistryError, TransitionRefused
from registry.refusals import (
    BatchConflict,
    DetailMismatch,
    EffectiveLater,
    KeyNotActive,
    KeyTaken,
    KeyUnfit,
    KeyUnknown,
    NotRetrievable,
    NotTheOwner,
    SlotNotIssued,
    SlotNotReserved,
    SlotTaken,
    SubmissionForged,
)

ANY: Final = ""
"""The scope of what every token may do."""
KILOBYTES_64: Final = 1 << 16
MEGABYTES_16: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a client, everything in it read and within its limits."""

    desk: IssuersDesk
    client: Client
    path: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `takes` is the JSON body of a PUT or POST, else the query."""

    name: str
    method: str
    path: str
    scope: str
    answer: Callable[[Ask], dict[str, Any]]
    gives: type[Schema]
    takes: type[Schema] | None = None
    refusals: tuple[type[RegistryError], ...] = ()
    max_body: int = KILOBYTES_64


def _reserve(ask: Ask) -> dict[str, Any]:
    runs = ask.desk.reserve(ask.client, ask.path["batch"], ask.given["count"])
    return {"runs": [{"list": run.list, "first": run.first, "count": run.count} for run in runs]}


def _append(ask: Ask) -> dict[str, Any]:
    submissions = [contract.Submission(**each) for each in ask.given["submissions"]]
    done = ask.desk.append(ask.client, ask.path["batch"], submissions)
    checkpoint = done.checkpoint.decode()
    return {"first_index": done.first_index, "count": done.count, "t": done.t, "checkpoint": checkpoint}


def _change(ask: Ask) -> dict[str, Any]:
    changes = [contract.StatusChange(**each) for each in ask.given["changes"]]
    done = ask.desk.change(ask.client, ask.path["batch"], changes)
    return {"first_index": done.indices[0], "count": len(done.indices), "checkpoint": done.checkpoint.decode()}


def _prove(ask: Ask) -> dict[str, Any]:
    proofs = ask.desk.prove(ask.given["first_index"], ask.given["count"], ask.given["size"])
    return {"proofs": [[b64u(node) for node in proof] for proof in proofs]}


def _head(ask: Ask) -> dict[str, Any]:
    head = ask.desk.head()
    return {"size": head.size, "root": b64u(head.root), "t": head.t, "checkpoint": head.note.decode()}


def _keys(ask: Ask) -> dict[str, Any]:
    return {"keys": [_key(key) for key in ask.desk.keys(ask.client)]}


def _introduce(ask: Ask) -> dict[str, Any]:
    return _key(ask.desk.introduce(ask.client, ask.given["succession"]))


def _retire(ask: Ask) -> dict[str, Any]:
    return _key(ask.desk.retire(ask.client, ask.path["kid"]))


def _key(key: EnrolledKey) -> dict[str, Any]:
    life = {"state": key.state, "opened": key.opened, "closed": key.closed, "boundary": key.boundary}
    return {"kid": key.public_key.kid, **life, "jwk": to_jwk(key.public_key)}


def _batches(ask: Ask) -> dict[str, Any]:
    found = ask.desk.batches(ask.client, ask.given["after"], ask.given["count"])
    return {"acts": [_act(line) for line in found]}


def _batch(ask: Ask) -> dict[str, Any]:
    found = ask.desk.batch(ask.client, ask.path["batch"])
    return {"acts": [_act(line) for line in found.values()]}


def _act(line: Line) -> dict[str, Any]:
    return {"seq": line.seq, "at": line.at, "batch": line.subject, "act": line.act, "result": line.result}


_BATCH: Final = "/api/v1/batches/<batch>"
_SEALED_BY: Final = (KeyUnknown, KeyNotActive, KeyOfAnother)

ROUTES: Final = (
    Route("reserve", "PUT", f"{_BATCH}/reservation", "issue", _reserve, schemas.Reservation,
          schemas.ReservationAsked, (BatchConflict,)),
    Route("append", "PUT", f"{_BATCH}/entries", "issue", _append, schemas.Entries, schemas.EntriesAsked,
          (BatchConflict, SlotNotReserved, SlotTaken, SubmissionForged, *_SEALED_BY), MEGABYTES_16),
    Route("change", "PUT", f"{_BATCH}/changes", "status", _change, schemas.Changes, schemas.ChangesAsked,
          (BatchConflict, EventInvalid, DetailForged, DetailMismatch, NotTheOwner, SlotNotIssued, TransitionRefused,
           EffectiveLater, *_SEALED_BY), MEGABYTES_16),
    Route("batches", "GET", "/api/v1/batches", ANY, _batches, schemas.Acts, schemas.BatchesAsked),
    Route("batch", "GET", _BATCH, ANY, _batch, schemas.Acts, None, (BatchNotFound,)),
    Route("prove", "GET", "/api/v1/proofs", ANY, _prove, schemas.Proofs, schemas.ProofsAsked, (NotRetrievable,)),
    Route("head", "GET", "/api/v1/head", ANY, _head, schemas.Head),
    Route("keys", "GET", "/api/v1/keys", ANY, _keys, schemas.Keys),
    Route("introduce", "POST", "/api/v1/keys", "keys", _introduce, schemas.Key, schemas.SuccessionAsked,
          (IntroductionInvalid, KeyOfAnother, KeyTaken, KeyUnfit)),
    Route("retire", "PUT", "/api/v1/keys/<kid>/retirement", "keys", _retire, schemas.Key, None,
          (KeyOfAnother, KeyNotActive)),
)  # fmt: skip
