"""RFC 6962 section 2.1 as it is written there, recursion and all; no import from the project. The reference for the log (T10)."""

import hashlib


class Reference:
    """A growing list of entries and the RFC's functions over its first n of them."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self._known: dict[tuple[int, int], bytes] = {}

    def mth(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]); what was computed once cannot change, since entries are only ever added."""
        if (start, end) not in self._known:
            self._known[start, end] = self._mth(start, end)
        return self._known[start, end]

    def _mth(self, start: int, end: int) -> bytes:
        if end == start:
            return hashlib.sha256().digest()
        if end - start == 1:
            return hashlib.sha256(b"\x00" + self.entries[start]).digest()
        k = split(end - start)
        return hashlib.sha256(b"\x01" + self.mth(start, start + k) + self.mth(start + k, end)).digest()

    def root(self, size: int) -> bytes:
        """MTH(D[0:size])."""
        return self.mth(0, size)

    def path(self, m: int, start: int, end: int) -> list[bytes]:
        """PATH(m, D[start:end]), 2.1.1."""
        if end - start == 1:
            return []
        k = split(end - start)
        if m < k:
            return [*self.path(m, start, start + k), self.mth(start + k, end)]
        return [*self.path(m - k, start + k, end), self.mth(start, start + k)]

    def proof(self, m: int, size: int) -> list[bytes]:
        """PROOF(m, D[0:size]), 2.1.2."""
        return self._subproof(m, 0, size, whole=True)

    def _subproof(self, m: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if m == end - start:
            return [] if whole else [self.mth(start, end)]
        k = split(end - start)
        if m <= k:
            return [*self._subproof(m, start, start + k, whole=whole), self.mth(start + k, end)]
        return [*self._subproof(m - k, start + k, end, whole=False), self.mth(start, start + k)]


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k
