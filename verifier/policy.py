"""The verifier's policy: how old evidence may be and how many witnesses it wants. Pure data."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Policy:
    """What opening evidence and `check` demand. Ages in seconds."""

    name: str
    max_status_age: int
    witness_threshold: int = 1
    """How many witnesses must have cosigned a checkpoint, where the roots do not ask for more."""
    require_ml_dsa: bool = True
    """Whether the log's post-quantum signature must stand on it too."""
    clock_leeway: int = 300
    """How far a time may lie ahead of ours before we disbelieve it."""
    unissued_grace: int = 3_600
    """A slot that a fresh list shows as never issued is proof only this long after `iat` (design: one hour)."""
    backdating_limit: int = 86_400
    """More than this between `iat` and the log's time earns a warning."""


ONLINE: Final = Policy("online", max_status_age=300)
OFFLINE: Final = Policy("offline", max_status_age=86_400)
BROWSER: Final = Policy("browser", max_status_age=300, require_ml_dsa=False)
"""The page in the phone: WebCrypto knows no ML-DSA-44. The same name and figures stand in `browser/src/verifier/policy.ts`."""
