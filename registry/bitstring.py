"""Publishes a status array as W3C Bitstring Status Lists: highest bit first, gzip, milliseconds, one list a purpose.

It differs from the IETF list in every one of these; both come from the same array, so they cannot disagree.
"""

from datetime import UTC, datetime

from keys.b64 import b64u, unb64u
from keys.errors import KeysError
from keys.jws import read_compact, sign_compact
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry.errors import StatusListInvalid
from registry.packing import repack
from registry.statuslist import ARRAY_BYTES, ENDED, MAX_TOKEN_BYTES, SUPERSEDED, SUSPENDED, StatusArray

TYP = "vc+jwt"
PURPOSES = {"revocation": frozenset({ENDED, SUPERSEDED}), "suspension": frozenset({SUSPENDED})}
BITSTRING_BYTES = ARRAY_BYTES // 2


def to_bitstring(array: StatusArray, purpose: str) -> bytes:
    """Return 2^17 bits, the highest bit of each byte first; `purpose` is "revocation" or "suspension".

    Raises StatusListInvalid for another purpose.
    """
    if purpose not in PURPOSES:
        raise StatusListInvalid(reason="purpose", purpose=purpose)
    high, low = _TABLES[purpose]
    packed = bytes(array)
    upper = int.from_bytes(packed[0::2].translate(high), "big")
    lower = int.from_bytes(packed[1::2].translate(low), "big")
    return (upper | lower).to_bytes(BITSTRING_BYTES, "big")


def _nibble(four_statuses: int, set_for: frozenset[int]) -> int:
    bits = [four_statuses >> 2 * slot & 3 in set_for for slot in range(4)]
    return sum(bit << (3 - slot) for slot, bit in enumerate(bits))


def _tables(set_for: frozenset[int]) -> tuple[bytes, bytes]:
    nibbles = bytes(_nibble(four, set_for) for four in range(256))
    return bytes(nibble << 4 for nibble in nibbles), nibbles


_TABLES = {purpose: _tables(set_for) for purpose, set_for in PURPOSES.items()}


def encode_bitstring(bits: bytes, earlier: bytes = b"") -> str:
    """Return `encodedList`: multibase base64url ("u") of the gzip form; `earlier` is one that may hold these bits."""
    return "u" + b64u(repack(bits, earlier, gzip=True))


def _packed_in(token: bytes | None) -> bytes:
    """The packed bits in a credential that nobody vouches for; b"" where there are none."""
    try:
        payload = loads(read_compact(token or b"", typ=TYP, max_bytes=MAX_TOKEN_BYTES).payload)
        encoded: str = payload["credentialSubject"]["encodedList"]
        return unb64u(encoded.removeprefix("u"))
    except (KeysError, KeyError, TypeError, AttributeError):
        return b""


def bitstring_credential(  # noqa: PLR0913 - the claims of the token, each by its name
    array: StatusArray,
    *,
    purpose: str,
    url: str,
    issuer: str,
    now: int,
    signer: Signer,
    ttl: int = 60,
    lifetime: int = 7 * 86400,
    earlier: bytes | None = None,
) -> str:
    """Return the signed BitstringStatusListCredential as `vc+jwt`; `url` is where it is published, times in seconds.

    `earlier` is an earlier credential of the list, or anything: where it packs these very bits, they are not packed again.
    """
    payload = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": _date_time(now),
        "validUntil": _date_time(now + lifetime),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode_bitstring(to_bitstring(array, purpose), _packed_in(earlier)),
            "ttl": ttl * 1000,
        },
        "iss": issuer,
        "iat": now,
        "exp": now + lifetime,
    }
    return sign_compact(dumps(payload), signer, typ=TYP)


def _date_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
