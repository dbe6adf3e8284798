"""Packed lists: small, unpacked within limits, and taken over from an earlier file only where they are these very bits."""

import math
import random
import zlib

import pytest

from keys.algorithms import Algorithm
from keys.signer import SoftwareSigner
from registry.bitstring import bitstring_credential
from registry.packing import compress, inflate, repack
from registry.statuslist import SLOTS, StatusArray, sign_status_list

KEY = SoftwareSigner.from_seed(Algorithm.ES256, b"status")


def scattered(density: float) -> bytes:
    array = StatusArray(bytes(SLOTS // 4))
    for slot in random.Random(density).sample(range(SLOTS), int(SLOTS * density)):
        array.set(slot, 1)
    return bytes(array)


@pytest.mark.parametrize("density", [0.01, 0.02, 0.05, 0.1, 0.3, 0.5])
def test_from_one_in_a_hundred_on_a_list_is_near_its_entropy(density: float) -> None:
    entropy = -SLOTS / 8 * (density * math.log2(density) + (1 - density) * math.log2(1 - density))
    assert len(compress(scattered(density))) <= 1.45 * entropy


@pytest.mark.parametrize("gzip", [False, True])
@pytest.mark.parametrize("density", [0, 0.001, 0.01, 0.2])
def test_packing_again_gives_the_earlier_bytes_only_where_they_hold_these_bits(density: float, gzip: bool) -> None:
    data, other = scattered(density), scattered(0.015)
    packed = compress(data, gzip=gzip)
    assert inflate(packed, len(data), gzip=gzip) == data
    assert repack(data, packed, gzip=gzip) is packed
    hostile = (b"", b"nonsense", packed[:-1], packed + b"x", compress(other, gzip=gzip), compress(data, gzip=not gzip))
    bombs = (zlib.compress(bytes(64 << 20), 9), zlib.compress(data + b"\0"), zlib.compress(data[:-1]))
    for earlier in (*hostile, *bombs):
        assert repack(data, earlier, gzip=gzip) == packed


@pytest.mark.parametrize("earlier", [None, b"", b"a.b.c", b"\xff", b"e30.e30.", b"x" * 70000])
def test_whatever_lies_in_the_folder_the_new_list_says_what_it_must(earlier: bytes | None) -> None:
    array = StatusArray(scattered(0.01))
    claims = {"list_no": 3, "version": 2, "events_root": bytes(32), "log_index": 7, "subject_url": "u"}
    token = sign_status_list(array, now=10, signer=KEY, **claims, earlier=earlier)
    assert token == sign_status_list(array, now=10, signer=KEY, **claims)
    assert token == sign_status_list(array, now=10, signer=KEY, **claims, earlier=token.encode())
    stated = {"purpose": "revocation", "url": "u", "issuer": "i", "now": 10, "signer": KEY}
    credential = bitstring_credential(array, **stated, earlier=earlier)
    assert credential == bitstring_credential(array, **stated)
    assert credential == bitstring_credential(array, **stated, earlier=credential.encode())
