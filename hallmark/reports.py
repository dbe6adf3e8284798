"""The operator's box of reports: a folder of files that the server can write and only the passphrase can read.

Each file is sealed to the house's public key (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-256-GCM). The private key is derived from
the passphrase like the ledger's, so it lies nowhere.
"""

import base64
import json
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from hallmark.errors import ReportsClosed, ReportUnknown, ReportUnreadable
from registry.files import replace_file
from verifier.errors import ReportBoxFull

RECIPIENT: Final = "recipient"
"""The file that holds the public key; it opens the box."""
MAX_REPORTS: Final = 500
MAX_BYTES: Final = 1 << 30
_SUFFIX: Final = ".report"
_REFERENCE: Final = re.compile(r"[0-9]{8}-[0-9a-f]{8}")
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO: Final = b"hallmark/report/1"


@dataclass(frozen=True, slots=True)
class Kept:
    """One report in the box: its reference, and its size in bytes as it lies there."""

    reference: str
    size: int


class Reports:
    """The box in `folder`; closed until it was opened once."""

    def __init__(self, folder: Path, clock: Callable[[], int]) -> None:
        self._folder = folder
        self._clock = clock

    def open(self, secret: bytes) -> None:
        """Let reports come in, sealed to the key of the 32 bytes `secret`. Opening an open box changes nothing."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        public = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
        replace_file(self._folder / RECIPIENT, public.hex().encode() + b"\n", durable=True)

    @property
    def is_open(self) -> bool:
        """Whether reports are taken."""
        return (self._folder / RECIPIENT).is_file()

    def __call__(self, report: bytes, /) -> str:
        """Seal and keep a report; return its reference. Raises ReportBoxFull, also where the disk refuses."""
        kept = self.listed()
        if len(kept) >= MAX_REPORTS or sum(each.size for each in kept) + len(report) > MAX_BYTES:
            raise ReportBoxFull
        try:
            public = X25519PublicKey.from_public_bytes(
                bytes.fromhex((self._folder / RECIPIENT).read_text("ascii").strip())
            )
            day = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y%m%d")
            reference = f"{day}-{secrets.token_hex(4)}"
            file = self._folder / f"{reference}{_SUFFIX}"
            replace_file(file, _SUITE.encrypt(report, public, _INFO), durable=True)
            file.chmod(0o600)
        except (OSError, ValueError):
            raise ReportBoxFull from None
        return reference

    def listed(self) -> list[Kept]:
        """Return what is in the box, oldest day first; needs no passphrase."""
        files = self._folder.glob(f"*{_SUFFIX}")
        found = [Kept(file.name.removesuffix(_SUFFIX), file.stat().st_size) for file in files]
        return sorted((each for each in found if _REFERENCE.fullmatch(each.reference)), key=lambda each: each.reference)

    def read(self, reference: str, secret: bytes) -> dict[str, Any]:
        """Return a report's members; `evidence` as bytes or None. Raises ReportUnknown, ReportUnreadable."""
        sealed = self._file(reference).read_bytes()
        try:
            opened = _SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(secret), _INFO)
        except (InvalidTag, ValueError):
            raise ReportUnreadable(reference=reference) from None
        told: dict[str, Any] = json.loads(opened)
        if told["evidence"] is not None:
            told["evidence"] = base64.b64decode(told["evidence"])
        return told

    def remove(self, reference: str) -> None:
        """Delete a report. Raises ReportUnknown."""
        self._file(reference).unlink()

    def _file(self, reference: str) -> Path:
        if not self.is_open:
            raise ReportsClosed
        file = self._folder / f"{reference}{_SUFFIX}"
        if not _REFERENCE.fullmatch(reference) or not file.is_file():
            raise ReportUnknown(reference=reference[:40])
        return file


def write_out(report: dict[str, Any], folder: Path) -> list[Path]:
    """Write a report's words and its evidence as files for the operator alone into `folder`; return them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    evidence = report.pop("evidence")
    files = {"report.json": json.dumps(report, ensure_ascii=False, indent=1).encode()}
    if evidence is not None:
        files[f"evidence.{_kind(evidence)}"] = evidence
    for name, data in files.items():
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    return [folder / name for name in files]


def _kind(evidence: bytes) -> str:
    signs = {b"%PDF-": "pdf", b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"RIFF": "webp"}
    return next((kind for sign, kind in signs.items() if evidence.startswith(sign)), "bin")
