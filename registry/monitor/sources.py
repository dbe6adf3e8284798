"""Where a monitor reads a registry from: its published folder on this machine, or the same files over HTTPS.

"Not there" and "cannot be reached" are different answers here: the first is a finding, the second says nothing.
"""

import re
from pathlib import Path
from typing import Final, Protocol

from registry.monitor.refusals import SourceAddressInvalid, SourceUnreachable
from web.egress import Gate, Unreachable, is_address

MAX_FILE: Final = 16 * 1024 * 1024
_PUBLISHED: Final = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
_GONE: Final = frozenset({404, 410})


class Source(Protocol):
    """The published files of one registry, or of one witness."""

    def read(self, path: str) -> bytes | None:
        """Return the file's bytes, None when the registry says that there is none; raises SourceUnreachable."""
        ...


class FolderSource:
    """A published folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        """Return a file of at most `MAX_FILE` bytes, None when there is none."""
        if not self._folder.is_dir() or not _PUBLISHED.fullmatch(path):
            raise SourceUnreachable(where=f"{self._folder}/{path}")
        try:
            with (self._folder / path).open("rb") as file:
                data = file.read(MAX_FILE + 1)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as error:
            raise SourceUnreachable(where=path) from error
        if len(data) > MAX_FILE:
            raise SourceUnreachable(where=path)
        return data


class WebSource:
    """A published folder over HTTPS (plain HTTP only to this machine)."""

    def __init__(self, base_url: str, *, timeout: float = 20.0) -> None:
        if not is_address(base_url):
            raise SourceAddressInvalid(address=base_url)
        self._where = base_url
        self._gate = Gate(base_url, max_bytes=MAX_FILE, timeout=timeout)

    def read(self, path: str) -> bytes | None:
        """Return the body of a 200, None for 404 and 410; raises SourceUnreachable for anything else."""
        try:
            answer = self._gate.ask(path)
        except Unreachable as error:
            raise SourceUnreachable(where=f"{self._where} {path}") from error
        if answer.status in _GONE:
            return None
        if answer.status != 200:
            raise SourceUnreachable(where=f"{self._where} {path} (HTTP {answer.status})")
        return answer.body


def open_source(where: str) -> Source:
    """Return the source at an address or in a folder. Raises SourceAddressInvalid."""
    return WebSource(where) if "://" in where else FolderSource(Path(where))
