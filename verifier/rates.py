"""How often one may ask the verifier, and what an API key is. Pure data; `verifier.asking` counts."""

from dataclasses import dataclass
from typing import Final, Protocol

VERIFY: Final = "verify"
LOOKUP: Final = "lookup"
SCOPES: Final = (VERIFY, LOOKUP)
"""What an API key may be for: checks in volume, look-ups by number and name in volume."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key in force: its public id, what it is for, and how many questions a minute it may ask."""

    id: str
    scopes: tuple[str, ...]
    rate: str


class Keys(Protocol):
    """The API keys in force. Answers within microseconds; a key that was revoked is None five seconds later at the latest."""

    def __call__(self, secret: str, /) -> ApiKey | None: ...


def no_keys(_secret: str, /) -> None:
    """A verifier that has given out none."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The limits, each as "60/minute", per process. Those without a key are counted by address (IPv6: by /64).

    `verify` counts certificates, in whatever number of requests; `lookup` are look-ups by number and name, `report` are reports
    of fakes, `failures` are wrong keys from one address.
    """

    verify: str = "1200/minute"
    lookup: str = "20/minute"
    report: str = "6/hour"
    failures: str = "30/minute"
