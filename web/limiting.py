"""Counts how often someone asks, in windows that the library keeps in memory. Knows nothing of who may ask how often.

Counted in this process's memory: with several worker processes each counts for itself, so a limit is that many times higher.
"""

import ipaddress
import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter


class Windows:
    """The counters of one app. A rate is written "60/minute"."""

    def __init__(self) -> None:
        self._window = FixedWindowRateLimiter(MemoryStorage())
        self._rates: dict[str, RateLimitItem] = {}

    def hit(self, rate: str, *key: str, cost: int = 1) -> int:
        """Count `cost` requests under `key`; return 0, or the seconds to wait when that is more than `rate` allows."""
        item = self._item(rate)
        return 0 if self._window.hit(item, *key, cost=cost) else self._wait(item, *key)

    def full(self, rate: str, *key: str) -> int:
        """Return the seconds to wait when `rate` is used up under `key`, else 0; counts nothing."""
        item = self._item(rate)
        return 0 if self._window.test(item, *key) else self._wait(item, *key)

    def _item(self, rate: str) -> RateLimitItem:
        if rate not in self._rates:
            self._rates[rate] = parse(rate)
        return self._rates[rate]

    def _wait(self, item: RateLimitItem, *key: str) -> int:
        ends = self._window.get_window_stats(item, *key).reset_time
        return max(1, math.ceil(ends - time.time()))  # noqa: TID251  # the library's windows stand on the wall clock


def neighbourhood(address: str | None) -> str:
    """Return under what an address is counted: itself, or the /64 of IPv6, of which one line at home has 2^64 addresses."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def is_rate(text: str) -> bool:
    """Whether `text` is a rate such as "60/minute"."""
    try:
        return parse(text).amount > 0
    except ValueError:
        return False
