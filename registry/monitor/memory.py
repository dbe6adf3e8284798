"""What a monitor keeps between two visits: the newest checkpoint it accepted, and the log replayed so far.

    monitor.json             everything small, written last and whole: the commit
    lists/<n>.<size>         which entry fills each slot of status list n, and its statuses, as of `size` entries
    findings.jsonl           every finding, one a line
    evidence/<code>-<hash>/  both signed notes of a contradiction: what convicts the log

Its size grows with status lists (1.6 MiB for 131,072 certificates), keys and list versions, not with entries.
"""

import json
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from keys.errors import KeysError
from keys.strictjson import dumps, loads
from registry.files import replace_file
from registry.monitor.expected import IssuerWatch
from registry.monitor.refusals import MonitorStateInvalid
from registry.recompute import Frontier
from registry.replay import SLOTS, Finding, Replay, ReplayedKey, ReplayedList

_STATE: Final = "monitor.json"
_MAX_STATE: Final = 256 << 20


@dataclass(slots=True)
class Memory:
    """The state of one monitor of one log. `note` is b"" before the first visit; nothing is kept without a folder."""

    folder: Path | None
    origin: str
    note: bytes = b""
    signed_at: int | None = None
    replay: Replay = field(default_factory=Replay)
    frontier: Frontier = field(default_factory=Frontier)
    versions: dict[str, int] = field(default_factory=dict)
    issuer: IssuerWatch | None = None
    patrol: int = 0
    touched: set[int] = field(default_factory=set)
    files: dict[int, str] = field(default_factory=dict)

    @classmethod
    def opened(cls, folder: Path | None, origin: str) -> "Memory":
        """Read what was kept in `folder`. Raises MonitorStateInvalid; a missing file is a first visit."""
        if folder is None or not (folder / _STATE).exists():
            return cls(folder, origin)
        try:
            held = loads((folder / _STATE).read_bytes(), max_bytes=_MAX_STATE)
            if held["origin"] != origin:
                raise MonitorStateInvalid(folder=str(folder), found=held["origin"])
            return cls._from_json(folder, held)
        except (OSError, KeysError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise MonitorStateInvalid(folder=str(folder), found="") from error

    @classmethod
    def _from_json(cls, folder: Path, held: dict[str, Any]) -> "Memory":
        replay = _replay_from(held["replay"])
        for number, kept in replay.lists.items():
            _read_list(kept, (folder / held["files"][str(number)]).read_bytes())
        frontier = Frontier(replay.size, [bytes.fromhex(each) for each in held["peaks"]])
        return cls(
            folder,
            held["origin"],
            note=held["note"].encode(),
            signed_at=held["signed_at"],
            replay=replay,
            frontier=frontier,
            versions=dict(held["versions"]),
            issuer=IssuerWatch.from_json(held["issuer"]) if held["issuer"] else None,
            patrol=held["patrol"],
            files={int(number): name for number, name in held["files"].items()},
        )

    def keep(self) -> None:
        """Write everything down, durably; a crash leaves the old state or the new one.

        Interrupted between the two halves of one entry there is nothing whole to keep; the state before stands.
        """
        if self.folder is None or self.frontier.size != self.replay.size:
            return
        self.files = {number: self._kept_file(number) for number in self.replay.lists}
        held = {
            "origin": self.origin,
            "note": self.note.decode(),
            "signed_at": self.signed_at,
            "peaks": [peak.hex() for peak in self.frontier.peaks()],
            "replay": _replay_to(self.replay),
            "files": {str(number): name for number, name in self.files.items()},
            "versions": self.versions,
            "issuer": self.issuer.to_json() if self.issuer else None,
            "patrol": self.patrol,
        }
        replace_file(self.folder / _STATE, dumps(held), durable=True)
        self.touched.clear()
        for file in (self.folder / "lists").glob("*"):
            if f"lists/{file.name}" not in self.files.values():
                file.unlink(missing_ok=True)

    def _kept_file(self, number: int) -> str:
        """The file of one list; written anew when the list was touched since the last one."""
        assert self.folder is not None
        if number in self.files and number not in self.touched:
            return self.files[number]
        name = f"lists/{number}.{self.replay.size}"
        replace_file(self.folder / name, _list_bytes(self.replay.lists[number]), durable=True)
        return name

    def note_findings(self, findings: Iterable[Finding], now: int) -> None:
        """Append findings to the file of all findings."""
        lines = [{"at": now, "code": each.code, **each.params} for each in findings]
        if self.folder is not None and lines:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "findings.jsonl").open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)

    def keep_evidence(self, code: str, found: bytes) -> str:
        """Keep the note that contradicts the one in memory beside it; return where, or an empty text."""
        if self.folder is None:
            return ""
        name = f"evidence/{code.removeprefix('monitor.')}-{sha256(self.note + found).hexdigest()[:16]}"
        replace_file(self.folder / name / "kept.checkpoint", self.note, durable=True)
        replace_file(self.folder / name / "found.checkpoint", found, durable=True)
        return str(self.folder / name)


def _list_bytes(held: ReplayedList) -> bytes:
    return bytes(held.packed) + held.filled_by.tobytes() + held.sealed_by.tobytes()


def _read_list(held: ReplayedList, data: bytes) -> None:
    statuses = SLOTS // 4
    filled, sealed = array("q"), array("i")
    at = statuses + SLOTS * filled.itemsize
    if len(data) != at + SLOTS * sealed.itemsize:
        raise ValueError("length of a kept list")
    filled.frombytes(data[statuses:at])
    sealed.frombytes(data[at:])
    held.packed, held.filled_by, held.sealed_by = bytearray(data[:statuses]), filled, sealed


def _replay_to(replay: Replay) -> dict[str, Any]:
    keys = [
        [thumbprint.hex(), key.body_code, key.opened, key.state, key.closed, key.boundary]
        for thumbprint, key in replay.keys.items()
    ]
    lists = [[no, each.version, each.log_index, each.events_root.hex()] for no, each in replay.lists.items()]
    published = [
        [name, version, index, digest.hex()]
        for name, versions in replay.published.items()
        for version, (index, digest) in versions.items()
    ]
    return {
        "size": replay.size,
        "t": replay.t,
        "keys": keys,
        "lists": lists,
        "published": published,
        "kid8s": [kid8.hex() for kid8 in replay.kid8s],
        "certificates": replay.certificates,
    }


def _replay_from(held: dict[str, Any]) -> Replay:
    replay = Replay(size=held["size"], t=held["t"], certificates=held["certificates"])
    for thumbprint, *rest in held["keys"]:
        raw = bytes.fromhex(thumbprint)
        replay.keys[raw] = ReplayedKey(*rest)
        replay.thumbprints[raw[:8]] = raw
    for number, version, log_index, events_root in held["lists"]:
        replay.lists[number] = ReplayedList(
            version=version, log_index=log_index, events_root=bytes.fromhex(events_root)
        )
    for name, version, index, digest in held["published"]:
        replay.published.setdefault(name, {})[version] = (index, bytes.fromhex(digest))
    replay.kid8s = [bytes.fromhex(each) for each in held["kid8s"]]
    replay.numbers = {kid8: number for number, kid8 in enumerate(replay.kid8s)}
    return replay
