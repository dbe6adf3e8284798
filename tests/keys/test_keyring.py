"""A ring finds keys by either kid, and holds no two that a short kid could confuse."""

import pytest

from keys.algorithms import Algorithm, PublicKey
from keys.errors import KeyUnknown, KidCollision
from keys.keyring import Keyring
from keys.signer import SoftwareSigner


def _key(seed: bytes) -> PublicKey:
    return SoftwareSigner.from_seed(Algorithm.ES256, seed).public_key


def test_finds_by_full_and_by_short_kid() -> None:
    one, two = _key(b"1"), _key(b"2")
    ring = Keyring([one, two, one])
    assert len(ring) == 2
    assert [ring.by_kid(one.kid), ring.by_kid8(two.kid8)] == [one, two]
    assert list(ring.adding(_key(b"3"))) == [one, two, _key(b"3")]
    assert one in ring
    assert _key(b"3") not in ring
    assert "one" not in ring


def test_unknown_kids_say_so() -> None:
    ring = Keyring([_key(b"1")])
    with pytest.raises(KeyUnknown) as caught:
        ring.by_kid("x" * 1000)
    assert caught.value.params == {"kid": "x" * 64}
    for kid8 in (b"", bytes(8), _key(b"1").kid8[:7], _key(b"1").thumbprint):
        with pytest.raises(KeyUnknown):
            ring.by_kid8(kid8)


def test_two_keys_with_one_short_kid_are_refused() -> None:
    one, two = _key(b"1"), _key(b"2")
    # 64 bits of SHA-256 cannot be collided here, so the second key is given the first one's short kid by force.
    object.__setattr__(two, "kid8", one.kid8)
    with pytest.raises(KidCollision) as caught:
        Keyring([one, two])
    assert caught.value.params == {"kid8": one.kid8.hex()}
    with pytest.raises(KidCollision):
        Keyring([one]).adding(two)
