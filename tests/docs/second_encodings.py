"""Reads CBOR, JSON, keys and JWS as section 1 of docs/formats.md says. Part of the second verifier; nothing of the rooms."""

import base64
import json
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class GapError(Exception):
    """A piece of evidence is missing ("absent") or does not hold ("rejected")."""


def hold(condition: object) -> None:
    """Reject evidence unless `condition` holds."""
    if not condition:
        raise GapError("rejected")


def cbor(data: bytes) -> Any:
    value, end = _item(data, 0, 8)
    if end != len(data):
        raise ValueError("surplus")
    return value


def _item(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    major, low, at = data[at] >> 5, data[at] & 31, at + 1
    if low >= 24:
        if low > 27 or major == 7:
            raise ValueError("head")
        wide = 1 << (low - 24)
        low, at = int.from_bytes(data[at : at + wide], "big"), at + wide
        if at > len(data) or low < (24 if wide == 1 else 1 << (4 * wide)):
            raise ValueError("head not shortest")
    if major < 2:
        return (low if major == 0 else -1 - low), at
    if major < 4:
        content = data[at : at + low]
        if len(content) != low:
            raise ValueError("cut short")
        return (content if major == 2 else content.decode()), at + low
    if major == 7:
        return {20: False, 21: True, 22: None}[low], at
    if major == 6 or depth == 0:
        raise ValueError("tag or depth")
    items, starts = [], []
    for _ in range(low * (major - 3)):
        starts.append(at)
        item, at = _item(data, at, depth - 1)
        items.append(item)
    if major == 4:
        return items, at
    keys = [data[start:stop] for start, stop in zip(starts[::2], starts[1::2], strict=True)]
    if keys != sorted(set(keys)):
        raise ValueError("map order")
    return dict(zip(items[::2], items[1::2], strict=True)), at


def strict_json(data: bytes) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("member stands twice")
        return dict(pairs)

    def refuse(_: str) -> None:
        raise ValueError("constant")

    return json.loads(data.decode(), object_pairs_hook=members, parse_constant=refuse)


def unb64u(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    hold(base64.urlsafe_b64encode(data).decode().rstrip("=") == text)
    return data


def thumbprint(jwk: dict[str, str]) -> bytes:
    names = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "AKP": ("alg", "kty", "pub")}[jwk["kty"]]
    return sha256(json.dumps({name: jwk[name] for name in names}, separators=(",", ":")).encode()).digest()


def verifies(jwk: dict[str, str], signature: bytes, message: bytes) -> bool:
    try:
        if jwk["kty"] == "OKP":
            ed25519.Ed25519PublicKey.from_public_bytes(unb64u(jwk["x"])).verify(signature, message)
        elif jwk["kty"] == "AKP":
            mldsa.MLDSA44PublicKey.from_public_bytes(unb64u(jwk["pub"])).verify(signature, message)
        else:
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            if len(signature) != 64 or not (0 < r < ORDER and 0 < s < ORDER):
                return False
            point = b"\x04" + unb64u(jwk["x"]) + unb64u(jwk["y"])
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def signer_of(header: str, payload: str, signature: str, typ: str, keys: list[dict[str, str]]) -> bytes | None:
    """The thumbprint of the key among `keys` that made this JWS signature, None when none of them did."""
    members = strict_json(unb64u(header))
    hold(set(members) == {"alg", "typ", "kid"} and (members["alg"], members["typ"]) == ("ES256", typ))
    for key in keys:
        if thumbprint(key) == unb64u(members["kid"]):
            return thumbprint(key) if verifies(key, unb64u(signature), f"{header}.{payload}".encode()) else None
    return None


def compact(token: bytes, typ: str, keys: list[dict[str, str]]) -> Any:
    header, payload, signature = token.decode("ascii").split(".")
    hold(signer_of(header, payload, signature, typ, keys))
    return strict_json(unb64u(payload))


def general(data: bytes, typ: str, *key_sets: dict[str, Any]) -> bytes:
    whole = strict_json(data)
    hold(set(whole) == {"payload", "signatures"} and 1 <= len(whole["signatures"]) <= 16)
    for key_set in key_sets:
        signed = {
            signer_of(one["protected"], whole["payload"], one["signature"], typ, key_set["keys"])
            for one in whole["signatures"]
        }
        hold(len(signed - {None}) >= key_set["threshold"])
    return unb64u(whole["payload"])
