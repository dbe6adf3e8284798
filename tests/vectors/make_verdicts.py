"""Writes the shared vectors: `python -m tests.vectors.make_verdicts`. One case a file, and the files they share in blobs.json.

A case holds only the evidence that a check of it asks for. What is expected is what `verifier.check` says today: read the
difference before committing it.
"""

import json
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from keys.roots import open_roots
from tests.vectors.cases import Case, all_cases
from verifier.artifacts import Fetched
from verifier.check import check
from verifier.evidence import Evidence
from verifier.floor import Floor
from verifier.policy import Policy
from verifier.verdict import Verdict

HERE = Path(__file__).parent
FOLDER, BLOBS = HERE / "verdicts", HERE / "blobs.json"


class Watched(dict[str, Fetched]):
    """A folder that remembers which of its paths were asked for."""

    def __init__(self, folder: Mapping[str, bytes]) -> None:
        super().__init__({path: Fetched(data, 0) for path, data in folder.items()})
        self.asked: set[str] = set()

    def __getitem__(self, path: str) -> Fetched:
        self.asked.add(path)
        return super().__getitem__(path)


def verdict_on(case: Case, folder: Mapping[str, Fetched]) -> Verdict:
    """What the Python verifier says."""
    trusted = open_roots(case.roots, trusted=None)
    evidence = Evidence(trusted, folder, policy=case.policy, floor=case.floor)
    return check(case.text, evidence, case.policy, now=case.now, as_of=case.as_of, proof=case.proof)


def made() -> Iterator[tuple[Case, dict[str, bytes], dict[str, Any]]]:
    """Every case with the evidence it uses and the answer it gets."""
    for case in all_cases():
        watched = Watched(case.folder)
        expected = verdict_on(case, watched).to_json()
        yield case, {path: case.folder[path] for path in sorted(watched.asked & case.folder.keys())}, expected


def blob_name(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]


def file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".json"


def write() -> None:
    """Write all vectors anew."""
    for old in FOLDER.glob("*.json"):
        old.unlink()
    blobs: dict[str, bytes] = {}

    def kept(data: bytes) -> str:
        blobs[blob_name(data)] = data
        return blob_name(data)

    for case, evidence, expected in made():
        members = {
            "name": case.name,
            "defect": case.defect,
            "text": case.text if case.text.isprintable() else json.loads(json.dumps(case.text)),
            "evidence": {path: kept(data) for path, data in evidence.items()},
            "roots": kept(case.roots),
            "policy": policy_members(case.policy),
            "now": case.now,
            "as_of": case.as_of,
            "floor": None if case.floor is None else floor_members(case.floor),
            "proof": None if case.proof is None else kept(case.proof),
            "expected": expected,
        }
        file = FOLDER / file_name(case.name)
        assert not file.exists(), case.name
        file.write_text(json.dumps(members, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n")
    packed = {name: b64encode(zlib.compress(blobs[name], 9)).decode() for name in sorted(blobs)}
    BLOBS.write_text(json.dumps(packed, indent=0) + "\n", "utf-8")


def policy_members(policy: Policy) -> dict[str, str | int | bool]:
    """A policy by its parts' names."""
    return {name: getattr(policy, name) for name in Policy.__dataclass_fields__}


def floor_members(floor: Floor) -> dict[str, Any]:
    return {"size": floor.checkpoint_size, "root": floor.checkpoint_root.hex(), "versions": dict(floor.versions)}


def held_blobs() -> dict[str, bytes]:
    """The files that the vectors share, by name."""
    return {name: zlib.decompress(b64decode(packed)) for name, packed in json.loads(BLOBS.read_text("utf-8")).items()}


def held_vectors() -> list[dict[str, Any]]:
    """Every vector as it stands on disk."""
    return [json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))]


if __name__ == "__main__":
    write()
