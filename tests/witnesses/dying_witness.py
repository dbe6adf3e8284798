"""Serves one witness and kills itself, by SIGKILL, right before or right after its state reaches the disk.

python -m tests.witnesses.dying_witness FOLDER before|after
"""

import os
import signal
import sys
from pathlib import Path

from werkzeug.serving import make_server

from registry import files
from registry.witnesses import cosigner
from registry.witnesses.app import create_app
from registry.witnesses.folder import WitnessFolder
from tests.witnesses.conftest import PASSPHRASE, Clock

if __name__ == "__main__":
    when = sys.argv[2]

    def dying(path: Path, data: bytes, *, durable: bool) -> None:
        if when == "after":
            files.replace_file(path, data, durable=durable)
        os.kill(os.getpid(), signal.SIGKILL)

    cosigner.replace_file = dying  # type: ignore[assignment]
    folder = WitnessFolder(Path(sys.argv[1]), PASSPHRASE, Clock())
    server = make_server("127.0.0.1", 0, create_app(folder, hosts=("127.0.0.1",)))
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.serve_forever()
