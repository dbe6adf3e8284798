"""How often one may ask: a client by its id, a stranger by the address that the trusted proxies name.

Counted in this process's memory: with several worker processes each counts for itself, so the limit is that many times higher.
"""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from registry.api.refusals import AskedTooOften


@dataclass(frozen=True, slots=True)
class Rates:
    """The limits, as "60/minute". `failures` are wrong tokens and wrong assertions from one address."""

    client: str = "6000/minute"
    grants_by_client: str = "30/minute"
    grants_by_address: str = "120/minute"
    failures: str = "60/minute"


class Limits:
    """The counters of one app."""

    def __init__(self, rates: Rates) -> None:
        self._window = FixedWindowRateLimiter(MemoryStorage())
        self._client = parse(rates.client)
        self._grants_by_client = parse(rates.grants_by_client)
        self._grants_by_address = parse(rates.grants_by_address)
        self._failures = parse(rates.failures)

    def client_asks(self, client_id: str) -> None:
        """Count one request of a client. Raises AskedTooOften."""
        self._count(self._client, "client", client_id)

    def token_asked(self, address: str) -> None:
        """Count one request for a token from an address. Raises AskedTooOften."""
        self.require_trusted(address)
        self._count(self._grants_by_address, "token", address)

    def token_given(self, client_id: str) -> None:
        """Count one token for a client that has proven itself: nobody can use up another's. Raises AskedTooOften."""
        self._count(self._grants_by_client, "given", client_id)

    def failed(self, address: str) -> None:
        """Count one wrong token or assertion."""
        self._window.hit(self._failures, "failed", address)

    def require_trusted(self, address: str) -> None:
        """Raise AskedTooOften for an address with too many failures: guessing ends here, before any database is asked."""
        if not self._window.test(self._failures, "failed", address):
            raise AskedTooOften(self._wait(self._failures, "failed", address))

    def _count(self, limit: RateLimitItem, *key: str) -> None:
        if not self._window.hit(limit, *key):
            raise AskedTooOften(self._wait(limit, *key))

    def _wait(self, limit: RateLimitItem, *key: str) -> int:
        ends = self._window.get_window_stats(limit, *key).reset_time
        return max(1, math.ceil(ends - time.time()))  # noqa: TID251  # the library's windows stand on the wall clock
