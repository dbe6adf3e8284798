"""A second reader of signed notes and cosignatures, from the specifications alone: no import from the project.

c2sp.org/signed-note v1.0.0; tlog-cosignature: Ed25519 (0x04) and ML-DSA-44 (0x06); tlog-checkpoint.
"""

import base64
import hashlib
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey


def verified(note: bytes, vkeys: list[str]) -> dict[tuple[str, int], int | None]:
    """Return (name, signature type) -> time (None for 0x01) of every line of these keys; raise when one does not verify."""
    text, _, signatures = note.decode().rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    keys = {}
    for vkey in vkeys:
        name, key_id, material = vkey.split("+", 2)
        raw = base64.b64decode(material)
        assert hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() == key_id
        keys[name, bytes.fromhex(key_id)] = raw
    found: dict[tuple[str, int], int | None] = {}
    for line in signatures.splitlines():
        dash, name, blob = line.split(" ")
        assert dash == "\u2014"
        signed = base64.b64decode(blob)
        raw = keys.get((name, signed[:4]))
        if raw is None:
            continue
        kind, key, signature = raw[0], raw[1:], signed[4:]
        if kind == 1:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, text.encode())
            found[name, 1] = None
            continue
        (time,) = struct.unpack(">Q", signature[:8])
        if kind == 4:
            message = b"cosignature/v1\ntime %d\n" % time + text.encode()
            Ed25519PublicKey.from_public_bytes(key).verify(signature[8:], message)
        else:
            assert kind == 6
            message = b"subtree/v1\n\0" + bytes([len(name.encode())]) + name.encode() + struct.pack(">Q", time)
            message += bytes([len(origin.encode())]) + origin.encode() + struct.pack(">QQ", 0, int(size))
            MLDSA44PublicKey.from_public_bytes(key).verify(signature[8:], message + base64.b64decode(root))
        found[name, kind] = time
    return found


__all__ = ["InvalidSignature", "verified"]
