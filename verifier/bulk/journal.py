"""The journal of a run: every answer as soon as it is there, so that a run that was stopped goes on where it was."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from keys.errors import KeysError
from keys.strictjson import dumps, loads
from verifier.bulk.errors import JournalUnreadable, ResultExists

SUFFIX: Final = ".unfinished"
MAX_LINE: Final = 64 * 1024


class Journal:
    """Answers on disk beside the result file, readable by their owner only; removed when the result stands.

    Raises ResultExists without `resume` where a run is unfinished, JournalUnreadable for what is no journal.
    A last line that a crash cut off is dropped.
    """

    def __init__(self, out: Path, *, resume: bool, now: int) -> None:
        self.path = out.with_name(out.name + SUFFIX)
        if out.exists():
            raise ResultExists(name=out.name)
        if self.path.exists() and not resume:
            raise ResultExists(name=self.path.name)
        self.began_at = now
        self.done: dict[int, str] = {}
        self.counts: Counter[str] = Counter()
        self._read()
        self._file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
        if not self.path.stat().st_size:
            self._append({"began_at": now})

    def has(self, line: int, digest: str) -> bool:
        """Say whether this item was answered before. Raises JournalUnreadable when another thing stood there."""
        if line in self.done and self.done[line] != digest:
            raise JournalUnreadable(name=self.path.name)
        return line in self.done

    def add(self, line: int, name: str, digest: str, answer: Mapping[str, Any]) -> None:
        """Write one answer down; it is in the file when this returns."""
        self._append({"line": line, "name": name, "sha256": digest, "answer": dict(answer)})
        self.done[line] = digest
        self.counts[answer["result"]] += 1

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield every answer in order."""
        with self.path.open("rb") as file:
            next(file)
            for data in file:
                yield loads(data, max_bytes=MAX_LINE)

    def remove(self) -> None:
        """Forget the run: its result stands."""
        self._file.close()
        self.path.unlink()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_raised: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()
        if not self.done:  # nothing is lost with a run that has not begun
            self.path.unlink(missing_ok=True)

    def _append(self, entry: Mapping[str, Any]) -> None:
        self._file.write(dumps(entry) + b"\n")
        self._file.flush()

    def _read(self) -> None:
        if not self.path.exists():
            return
        whole = 0
        try:
            with self.path.open("rb") as file:
                for data in file:
                    if not data.endswith(b"\n"):
                        break
                    self._take(loads(data, max_bytes=MAX_LINE))
                    whole += len(data)
        except (KeysError, KeyError, TypeError, AttributeError):
            raise JournalUnreadable(name=self.path.name) from None
        os.truncate(self.path, whole)

    def _take(self, entry: Mapping[str, Any]) -> None:
        if "began_at" in entry:
            self.began_at = entry["began_at"]
            return
        self.done[entry["line"]] = entry["sha256"]
        self.counts[entry["answer"]["result"]] += 1
