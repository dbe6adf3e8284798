"""The readers below the verdict, one by one: JSON, CBOR, DEFLATE, proofs and roots are read, and refused, as Python does."""

import json
import random
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from credentials.dictionary import DICTIONARIES
from keys import cbor, strictjson
from keys.b64 import b64u
from keys.errors import KeysError
from keys.roots import open_roots, walk
from registry import tiles
from registry.errors import RegistryError
from registry.merkle import leaf_hash, verify_inclusion
from tests.browser.node import Node, Refused, base64
from tests.vectors.scenery import ISSUED, NOW, roots, sealed_roots, seeded
from tests.verifier.malleable import deflated
from verifier.receipts.sealing import is_receipt

JSONS = (
    b'{"a":1,"b":[true,false,null],"c":{"d":"\xe4\xb8\xad\xe6\x96\x87"}}', b"[]", b"{}", b' [ 1 , 2 ] \n', b"1", b'"x"', b"-0", b"-0.0", b"1.0", b"1e2",
    b"1E+2", b"0.1", b"1e16", b"1e-5", b"123456789012345678", b"9007199254740993", b"1e22", b"123456789.125e3", b"5e-324", b"1e400", b"-1e400", b"NaN",
    b"Infinity", b"-Infinity", b"01", b"1.", b".5", b"+1", b"--1", b'{"a":1,"a":2}', b'{"a":{"b":1,"b":1}}', b"[1,]", b'{"a":1,}', b"{1:2}", b"'x'",
    b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\\u00e9"', b'"\\x"', b'"\t"', b'"\\t\\n\\"\\\\\\/"', b'"\x7f"', b"\xef\xbb\xbf1", b"\xff", b'"\xed\xa0\x80"',
    b"[" * 32 + b"]" * 32, b"[" * 33 + b"]" * 33, b"[" * 2000 + b"]" * 2000, b"", b" ", b"null null", b'"\\u0000\\u001f"', b'"\xe2\x80\xa8"', b"tru", b"1" * 4301,
)  # fmt: skip
CBORS = (
    "00", "17", "1818", "1817", "190100", "1900ff", "1a00010000", "1b0000000100000000", "1bffffffffffffffff", "20", "3bffffffffffffffff", "40", "4401020304",
    "60", "6161", "62c3a9", "61ff", "80", "8101", "83010203", "a0", "a10102", "a201020304", "a203040102", "a2010201 03", "a10080", "a1810102", "f4", "f5",
    "f6", "f7", "f0", "f8ff", "f93c00", "fb3ff0000000000000", "c100", "d83d00", "9f01ff", "5f4101ff", "ff", "0000", "18", "a1", "81" * 8 + "00", "81" * 9 + "00",
    "a1" + "01a1" * 6 + "0100", "a1" + "01a1" * 7 + "0100", "a1" + "01a1" * 8 + "0100", "1c", "a20a0120 00", "a22000 0a01", "a1f500", "a100f4",
)  # fmt: skip


def either(ours: Callable[[], Any]) -> Any:
    """The value, or the code of the refusal."""
    try:
        return ours()
    except (KeysError, RegistryError) as defect:
        return {"refused": defect.code}


def theirs(node: Node, what: str, **question: object) -> Any:
    try:
        return node.ask(what, **question)
    except Refused as refused:
        return {"refused": str(refused)}


def spoiled(data: bytes, rounds: int, seed: int) -> Iterator[bytes]:
    """The data with a byte exchanged, taken out or put in."""
    chance = random.Random(seed)
    for _ in range(rounds):
        at = chance.randrange(len(data)) if data else 0
        yield (
            data[:at]
            + bytes(chance.randrange(256) for _ in range(chance.randrange(3)))
            + data[at + chance.randrange(2) :]
        )


def same_json(node: Node, data: bytes) -> None:
    ours = either(lambda: strictjson.dumps(strictjson.loads(data)).hex())
    assert theirs(node, "jsonAgain", data=base64(data)) == ours, data[:80]


@pytest.mark.parametrize("data", JSONS, ids=lambda data: repr(data[:16]))
def test_json_is_read_and_refused_alike(node: Node, data: bytes) -> None:
    same_json(node, data)


def test_damaged_json_is_read_and_refused_alike(node: Node) -> None:
    for seed, data in enumerate((JSONS[0], b'{"x":[1.5,-2e3,"\\u4e2d",{"y":[]}],"z":0}')):
        for changed in spoiled(data, 300, seed):
            same_json(node, changed)


def shown(value: Any) -> Any:
    """CBOR in the notation of the door."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, dict):
        return {"map": [[cbor.encode(key).hex(), shown(inner)] for key, inner in value.items()]}
    return [shown(inner) for inner in value]


def same_cbor(node: Node, data: bytes) -> None:
    assert theirs(node, "cborShown", data=base64(data)) == either(lambda: shown(cbor.decode(data))), data.hex()


@pytest.mark.parametrize("data", CBORS)
def test_cbor_is_read_and_refused_alike(node: Node, data: str) -> None:
    same_cbor(node, bytes.fromhex(data))


def test_damaged_cbor_is_read_and_refused_alike(node: Node) -> None:
    whole = cbor.encode({1: [1, -5, 1 << 40, "中文", bytes(30)], "a": {2: True, 3: None}, b"x": [[], {}]})
    for changed in spoiled(whole, 500, 3):
        same_cbor(node, changed)


def inflated(data: bytes, limit: int, *, zdict: bytes | None) -> Any:
    """What Python's zlib makes of a stream, by the same three defects."""
    stream = zlib.decompressobj(15) if zdict is None else zlib.decompressobj(-15, zdict=zdict)
    try:
        out = stream.decompress(data, limit + 1)
    except zlib.error:
        return {"defect": "broken"}
    if len(out) > limit:
        return {"defect": "too large"}
    return {"defect": "end"} if not stream.eof or stream.unused_data else {"data": out.hex()}


def test_damaged_streams_inflate_and_break_alike(node: Node) -> None:
    """Only where both defects could be named, cut off and broken, may the name differ: bits are looked at in another order."""
    plain = b"".join(seeded(str(n))[: n % 32] + b"certificate" * (n % 5) for n in range(60))
    packed = {
        "dynamic": deflated(plain), "fixed": zlib.compress(plain, 1)[2:-4], "stored": zlib.compress(plain, 0)[2:-4],
        "runs": zlib.compress(bytes(3_000), 9)[2:-4], "zlib": zlib.compress(plain, 9),
    }  # fmt: skip
    for name, stream in packed.items():
        zdict = None if name == "zlib" else DICTIONARIES[1]
        for changed in (stream, *spoiled(stream, 250, len(stream))):
            ours = inflated(changed, 4096, zdict=zdict)
            answer = node.ask(
                "inflated", data=base64(changed), dictionary=base64(DICTIONARIES[1]), zlib=zdict is None, limit=4096
            )
            assert ("data" in answer) == ("data" in ours), (name, changed.hex())
            assert answer.get("data") == ours.get("data"), (name, changed.hex())


def same_proof(node: Node, index: int, size: int, leaf: bytes, path: list[bytes], root: bytes) -> None:
    ours = either(lambda: verify_inclusion(index, size, leaf, path, root))
    asked = {"index": str(index), "size": str(size), "leaf": base64(leaf), "root": base64(root)}
    answer = theirs(node, "included", proof=[base64(each) for each in path], **asked)
    assert (answer is True) == (ours is None), (size, index, len(path))


def test_proofs_hold_and_fail_alike(node: Node) -> None:
    leaves = [leaf_hash(seeded(str(n))) for n in range(300)]
    for size in (1, 2, 3, 7, 8, 255, 256, 257, 300):
        grown = tiles.grow(0, {}, leaves[:size])
        for index in {0, size - 1, size // 2, size // 3}:
            proof = tiles.inclusion_proof(index, size, partial(tile_of, grown))
            same_proof(node, index + 1, size, leaves[index], proof, grown.root)
            for path in (proof, proof[:-1], [*proof, leaves[0]], proof[::-1]):
                same_proof(node, index, size, leaves[index], path, grown.root)


def tile_of(grown: tiles.Growth, level: int, n: int, _width: int) -> bytes:
    return grown.tiles[level, n]


WALKS: dict[str, tuple[bytes, ...]] = {
    "one": (sealed_roots(roots()),),
    "two": (sealed_roots(roots()), sealed_roots(roots(2))),
    "a version left out": (sealed_roots(roots()), sealed_roots(roots(3))),
    "the same again": (sealed_roots(roots()), sealed_roots(roots())),
    "one custodian only": (sealed_roots(roots()), sealed_roots(roots(2), "custodian-1")),
    "by others": (sealed_roots(roots()), sealed_roots(roots(2), "trust-1", "trust-2")),
    "from test to real": (sealed_roots(roots()), sealed_roots(roots(2, test=False))),
    "issued before": (sealed_roots(roots()), sealed_roots(roots(2, issued=ISSUED - 101 * 86_400))),
    "expired between": (sealed_roots(roots(expires=NOW - 1)), sealed_roots(roots(2))),
    "expired at the end": (sealed_roots(roots()), sealed_roots(roots(2, expires=NOW))),
    "no JSON": (sealed_roots(roots()), b"{"),
    "a member more": (sealed_roots(roots()), sealed_roots(roots(2)).replace(b'{"payload"', b'{"more":1,"payload"', 1)),
}


@pytest.mark.parametrize("name", WALKS)
def test_roots_are_walked_and_refused_alike(node: Node, name: str) -> None:
    first, *newer = WALKS[name]
    ours = either(lambda: walk(open_roots(first, trusted=None), newer, NOW).version)
    assert theirs(node, "walked", documents=[base64(each) for each in WALKS[name]], now=NOW) == ours


# vectors that others wrote -------------------------------------------------------------------------------------------

OTHERS = Path(__file__).parents[3] / "shared" / "vectors" / "merkle" / "inclusion"


@pytest.mark.skipif(
    not OTHERS.is_dir(), reason=f"the inclusion vectors of transparency-dev/merkle are not at {OTHERS.parents[1]}"
)
def test_the_inclusion_vectors_of_transparency_dev_hold_and_fail(node: Node) -> None:
    files = sorted(OTHERS.rglob("*.json"))
    assert len(files) > 90
    for file in files:
        case = json.loads(file.read_text("utf-8"))
        proof = [each or "" for each in case["proof"] or []]
        try:
            answer = node.ask(
                "included", index=str(case["leafIdx"]), size=str(case["treeSize"]), leaf=case["leafHash"] or "", proof=proof, root=case["root"] or ""
            )  # fmt: skip
        except Refused:
            answer = False
        assert answer is not case["wantErr"], file.name


@pytest.mark.parametrize(
    "header",
    [b'{"typ":"receipt+jwt"}', b'{"alg":"ES256","kid":"x","typ":"receipt+jwt"}', b'{"typ":"vc+jwt"}', b'["receipt+jwt"]', b'{"typ":"receipt+jwt","typ":"receipt+jwt"}',
     b'{"typ":"receipt+jwt","a":{"b":{"c":1}}}', b'{"typ":"receipt+jwt","pad":"' + b"x" * 400 + b'"}', b"", b"\xff"],
)  # fmt: skip
def test_what_calls_itself_a_receipt_is_the_same_to_both(node: Node, header: bytes) -> None:
    parts = b64u(header)
    for text in (f"{parts}.e30.AA", f" {parts}.e30.AA\n", f"{parts}..", f"{parts}.e30", f"{parts}.a.b.c", f"{parts}=.e30.AA", f"{parts}.e30." + "A" * 65_000,
                 f"{parts}.e30." + "A" * 66_000):  # fmt: skip
        assert node.ask("callsItselfReceipt", text=text) is is_receipt(text), text[:80]
