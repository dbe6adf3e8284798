"""Runs a stand-alone witness under granian; each worker process opens the witness's folder for itself."""

import gc
import os
from pathlib import Path
from typing import Any, Final

from hallmark.server import LOCAL_NAMES
from hallmark.settings import given_passphrase
from hallmark.wall import wall_clock
from hallmark.wsgi import wsgi_server
from registry.witnesses.app import create_app
from registry.witnesses.folder import WitnessFolder

_FOLDER: Final = "HALLMARK_WITNESS_FOLDER"
_PORT: Final = "HALLMARK_WITNESS_PORT"


def open_witness(folder: Path) -> WitnessFolder:
    """Open the witness in `folder` with the passphrase of the environment; raises `PassphraseMissing` and its own errors."""
    return WitnessFolder(folder, given_passphrase(os.environ), wall_clock)


def run(folder: Path, *, bind: str, port: int, workers: int) -> None:
    """Serve until stopped. Binds to `bind` only; a reverse proxy stands in front of a public witness (docs/witness.md)."""
    open_witness(folder).signers()  # a wrong passphrase shows here, not in a worker
    os.environ[_FOLDER], os.environ[_PORT] = str(folder), str(port)
    wsgi_server("hallmark.witness_serving:application", bind=bind, port=port, workers=workers).serve()


def application() -> Any:
    """The WSGI application of the witness that `run` named; called in each worker."""
    witness = open_witness(Path(os.environ[_FOLDER]))
    witness.signers()
    port = os.environ[_PORT]
    hosts = (*witness.book().hosts, *LOCAL_NAMES, *(f"{name}:{port}" for name in LOCAL_NAMES))
    app = create_app(witness, hosts=hosts)
    gc.freeze()
    return app
