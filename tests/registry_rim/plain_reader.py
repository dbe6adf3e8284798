"""An independent reader of the published folder, written from the specifications alone: no import from the project.

c2sp.org/signed-note, tlog-checkpoint, tlog-tiles; RFC 6962; Token Status List. What it accepts is what the world sees.
"""

import base64
import hashlib
import json
import zlib
from pathlib import Path

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def checkpoint(folder: Path, origin: str, key: bytes) -> tuple[int, bytes]:
    """Return (size, root) of the checkpoint, its Ed25519 log signature verified."""
    text, _, signatures = (folder / "checkpoint").read_text("utf-8").partition("\n\n")
    key_id = hashlib.sha256(origin.encode() + b"\n\x01" + key).digest()[:4]
    for line in signatures.splitlines():
        _dash, name, blob = line.split(" ")
        raw = base64.b64decode(blob)
        if name == origin and raw[:4] == key_id:
            Ed25519PublicKey.from_public_bytes(key).verify(raw[4:], text.encode() + b"\n")
            first, size, root = text.split("\n")
            assert first == origin
            return int(size), base64.b64decode(root)
    raise AssertionError("no signature of the log")


def tile_name(kind: str, n: int, width: int) -> str:
    """Return the path of a tile or bundle."""
    digits = f"{n:0{-(-len(str(n)) // 3) * 3}d}"
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return (
        f"tile/{kind}/"
        + "/".join([*("x" + part for part in parts[:-1]), parts[-1]])
        + (f".p/{width}" if width < 256 else "")
    )


def entries(folder: Path, size: int) -> list[bytes]:
    """Return every entry, each checked against its level-0 tile."""
    found = []
    for n in range((size + 255) // 256):
        width = min(256, size - 256 * n)
        bundle, tile = ((folder / tile_name(kind, n, width)).read_bytes() for kind in ("entries", "0"))
        while bundle:
            end = 2 + int.from_bytes(bundle[:2], "big")
            leaf = hashlib.sha256(b"\x00" + bundle[2:end]).digest()
            assert leaf == tile[32 * (len(found) % 256) :][:32]
            found.append(bundle[2:end])
            bundle = bundle[end:]
    assert len(found) == size
    return found


def root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, as it stands there."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()


def log(folder: Path, origin: str, key: bytes) -> list[list]:
    """Return every entry, decoded, of a log whose signed root they hash to."""
    size, signed = checkpoint(folder, origin, key)
    bodies = entries(folder, size)
    assert root(bodies) == signed
    return [cbor2.loads(body) for body in bodies]


def status_claims(folder: Path, number: int) -> dict:
    """Return the payload of a status list. Verifies no signature."""
    payload = (folder / f"status/{number}").read_text().split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=="))


def status(folder: Path, number: int, index: int) -> int:
    """Return one status of a Token Status List of two bits."""
    lst = status_claims(folder, number)["status_list"]["lst"]
    packed = zlib.decompress(base64.urlsafe_b64decode(lst + "=="))
    return packed[index // 4] >> 2 * (index % 4) & 3
