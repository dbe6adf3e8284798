"""The witness over HTTP (c2sp.org/tlog-witness v1.0.0): add-checkpoint, and what it cosigned last of each log."""

from typing import Final

from flask import Flask, Response, abort, current_app, request

from keys.errors import KeysError
from registry.errors import CheckpointForged, CheckpointUnsigned, NoteInvalid, RegistryError
from registry.refusals import StoredBytesDiffer
from registry.witnesses.folder import WitnessFolder
from registry.witnesses.known import origin_of
from registry.witnesses.protocol import ADD_CHECKPOINT, MAX_REQUEST_BYTES, SIZE_TYPE, Request, lines_of, size_answer
from registry.witnesses.refusals import (
    LogUnknown,
    WitnessConflict,
    WitnessFolderInvalid,
    WitnessRefuses,
    WitnessRequestInvalid,
)
from web.factory import create_app as create_web_app
from web.problem import ErrorTable, Problem, problem_of

TEXT: Final = "text/plain; charset=utf-8"
BRIEFLY: Final = "public, max-age=5"
STATUS_OF: Final[ErrorTable] = {
    WitnessRequestInvalid: 400,
    NoteInvalid: 400,
    CheckpointForged: 403,
    CheckpointUnsigned: 403,
    LogUnknown: 404,
    WitnessConflict: 409,
    WitnessRefuses: 422,
    WitnessFolderInvalid: 503,
    StoredBytesDiffer: 503,
    KeysError: 503,
}


def create_app(folder: WitnessFolder, *, hosts: tuple[str, ...]) -> Flask:
    """Make the app of one stand-alone witness, answering under `hosts`."""
    app = create_web_app("registry.witnesses", max_body=MAX_REQUEST_BYTES, hosts=hosts, error_table=STATUS_OF)
    app.config["WITNESS"] = folder
    app.add_url_rule(f"/{ADD_CHECKPOINT}", "add_checkpoint", add_checkpoint, methods=["POST"])
    app.add_url_rule("/<origin_hash>/checkpoint", "checkpoint", checkpoint)
    return app


def add_checkpoint() -> Response:
    """Answer with cosignatures alone, or with the status that the specification gives the reason."""
    folder: WitnessFolder = current_app.config["WITNESS"]
    try:
        return Response(_cosigned(folder, request.get_data()), content_type=TEXT)
    except WitnessConflict as conflict:
        size = conflict.params["size"]
        assert isinstance(size, int)
        return Response(size_answer(size), 409, content_type=SIZE_TYPE)
    except (RegistryError, KeysError) as error:
        problem = problem_of(error, STATUS_OF)
        if problem is None:
            raise
        return problem.respond("en")
    except OSError:  # a full disk: without a durable state there is no cosignature
        return Problem(503, "web.unavailable").respond("en")


def _cosigned(folder: WitnessFolder, body: bytes) -> bytes:
    asked = Request.from_bytes(body)
    origin = origin_of(asked.note)
    witness = folder.witness_of(origin)
    if witness is None:
        raise LogUnknown(origin=origin[:255])
    return lines_of(witness.add_checkpoint(asked.old_size, asked.proof, asked.note))


def checkpoint(origin_hash: str) -> Response:
    """Answer with the checkpoint last cosigned, with the log's signatures and ours; 404 where there is none."""
    folder: WitnessFolder = current_app.config["WITNESS"]
    note = folder.shown(origin_hash)
    if note is None:
        return abort(404)
    return Response(note, content_type=TEXT, headers={"Cache-Control": BRIEFLY})
