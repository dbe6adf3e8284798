"""The floor: the newest log and lists a verifier has accepted, below which it accepts nothing. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Floor:
    """The newest this verifier has ever accepted; older is refused (rollback)."""

    checkpoint_size: int = 0
    checkpoint_root: bytes = b""
    versions: Mapping[str, int] = field(default_factory=dict)

    def version(self, name: str) -> int:
        """The highest version of the list `name` accepted so far, 0 for none."""
        return self.versions.get(name, 0)

    def raised_by(self, seen: "Floor") -> "Floor":
        """Return the higher of both, for the log and for every list."""
        versions = {**self.versions}
        for name, version in seen.versions.items():
            versions[name] = max(version, self.version(name))
        ours, theirs = (
            (self.checkpoint_size, self.checkpoint_root != b""),
            (seen.checkpoint_size, seen.checkpoint_root != b""),
        )
        higher = seen if theirs > ours else self
        return Floor(higher.checkpoint_size, higher.checkpoint_root, versions)
