"""The public keys of one purpose, found by kid; two keys that a short kid could confuse are never in one ring."""

from collections.abc import Iterable, Iterator

from keys.algorithms import PublicKey
from keys.errors import KeyUnknown, KidCollision


class Keyring:
    """An immutable set of public keys with look-up by full kid (text) and short kid (8 bytes), each O(1)."""

    __slots__ = ("_by_kid", "_by_kid8")

    def __init__(self, keys: Iterable[PublicKey] = ()) -> None:
        """Take the keys; one that comes twice counts once. Raises KidCollision for equal first 8 thumbprint bytes."""
        self._by_kid: dict[str, PublicKey] = {}
        self._by_kid8: dict[bytes, PublicKey] = {}
        for key in keys:
            if self._by_kid8.setdefault(key.kid8, key) != key:
                raise KidCollision(kid8=key.kid8.hex())
            self._by_kid[key.kid] = key

    def by_kid(self, kid: str) -> PublicKey:
        """Return the key with this RFC 7638 thumbprint in base64url. Raises KeyUnknown."""
        try:
            return self._by_kid[kid]
        except KeyError:
            raise KeyUnknown(kid=kid[:64]) from None

    def by_kid8(self, kid8: bytes) -> PublicKey:
        """Return the key whose thumbprint starts with these 8 bytes. Raises KeyUnknown."""
        try:
            return self._by_kid8[kid8]
        except KeyError:
            raise KeyUnknown(kid=kid8[:32].hex()) from None

    def adding(self, key: PublicKey) -> "Keyring":
        """Return a ring with one more key. Raises KidCollision."""
        return Keyring((*self, key))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, PublicKey) and self._by_kid.get(key.kid) == key

    def __iter__(self) -> Iterator[PublicKey]:
        return iter(self._by_kid.values())

    def __len__(self) -> int:
        return len(self._by_kid)
