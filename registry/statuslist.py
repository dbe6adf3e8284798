"""Holds 2^17 statuses of 2 bits each and signs and opens them as a Token Status List (IETF).

The array is the content: lowest bits first, as the IETF draft wants. Its W3C form is made in `registry.bitstring`. Ends
before events: why and since when is not known here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from keys.b64 import b64u, unb64u
from keys.errors import KeysError
from keys.jws import Jws, read_compact, sign_compact
from keys.roots import KeySet
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry.errors import SlotOutOfRange, StatusListExpired, StatusListFromFuture, StatusListInvalid
from registry.packing import inflate, repack

SLOTS = 1 << 17
BITS = 2
ARRAY_BYTES = SLOTS * BITS // 8
VALID, ENDED, SUSPENDED, SUPERSEDED = range(4)
TYP = "statuslist+jwt"
CLOCK_LEEWAY = 300
MAX_TOKEN_BYTES = 65536
MAX_FOREIGN_BYTES = 1 << 21

_MAX_NUMBER = (1 << 53) - 1


class StatusArray:
    """The statuses of one list: 2^17 slots of 2 bits, the lowest bits of each byte first."""

    __slots__ = ("_packed",)

    def __init__(self, packed: bytes) -> None:
        if len(packed) != ARRAY_BYTES:
            raise StatusListInvalid(reason="array length", length=len(packed))
        self._packed = bytearray(packed)

    @classmethod
    def fresh(cls) -> Self:
        """Return an array in which no slot was ever issued: every status is 1."""
        return cls(b"\x55" * ARRAY_BYTES)

    def get(self, index: int) -> int:
        """Return the status (0 to 3) of one slot; raises SlotOutOfRange."""
        if not 0 <= index < SLOTS:
            raise SlotOutOfRange(index=index)
        return self._packed[index >> 2] >> (index & 3) * 2 & 3

    def set(self, index: int, status: int) -> None:
        """Set the status (0 to 3) of one slot; raises SlotOutOfRange or StatusListInvalid."""
        if not 0 <= index < SLOTS:
            raise SlotOutOfRange(index=index)
        if not 0 <= status <= SUPERSEDED:
            raise StatusListInvalid(reason="status", status=status)
        shift = (index & 3) * 2
        self._packed[index >> 2] = self._packed[index >> 2] & ~(3 << shift) | status << shift

    def __bytes__(self) -> bytes:
        return bytes(self._packed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StatusArray) and self._packed == other._packed

    __hash__ = None  # type: ignore[assignment]  # it changes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the uncompressed array: what the list's log entry commits to."""
        return sha256(self._packed).digest()


@dataclass(frozen=True, slots=True)
class StatusList:
    """An opened status list: its number, version, times (seconds), array, and what ties it to the log.

    `digest` is the array's, `events_root` the root of its event files, `entry_index` the log index of its list entry.
    """

    list: int
    version: int
    iat: int
    exp: int
    ttl: int
    array: StatusArray
    digest: bytes
    events_root: bytes
    entry_index: int
    subject: str


def sign_status_list(  # noqa: PLR0913 - the claims of the token, each by its name
    array: StatusArray,
    *,
    list_no: int,
    version: int,
    events_root: bytes,
    log_index: int,
    subject_url: str,
    now: int,
    signer: Signer,
    ttl: int = 60,
    lifetime: int = 7 * 86400,
    earlier: bytes | None = None,
) -> str:
    """Return the `statuslist+jwt` of one list: ES256, valid from `now` for `lifetime` seconds.

    `earlier` is an earlier token of the list, or anything: where it packs these very statuses, they are not packed again.
    """
    payload = {
        "sub": subject_url,
        "iat": now,
        "exp": now + lifetime,
        "ttl": ttl,
        "status_list": {"bits": BITS, "lst": b64u(repack(bytes(array), _packed_in(earlier)))},
        "hallmark": {"list": list_no, "version": version, "events_root": b64u(events_root), "entry": log_index},
    }
    return sign_compact(dumps(payload), signer, typ=TYP)


def _packed_in(token: bytes | None) -> bytes:
    """The packed list in a token that nobody vouches for; b"" where there is none."""
    try:
        return unb64u(
            loads(read_compact(token or b"", typ=TYP, max_bytes=MAX_TOKEN_BYTES).payload)["status_list"]["lst"]
        )
    except (KeysError, KeyError, TypeError):
        return b""


def open_status_list(token: str | bytes, keys: KeySet, now: int | None) -> StatusList:
    """Verify a status list under one of the status keys and return it.

    With `now`, also raises StatusListExpired, and StatusListFromFuture beyond 300 s ahead. Raises StatusListInvalid for
    anything else that `sign_status_list` would not have written.
    """
    try:
        jws = read_compact(token, typ=TYP, max_bytes=MAX_TOKEN_BYTES)
        _verify(jws, keys)
        opened = _read_payload(loads(jws.payload))
    except KeysError as error:
        raise StatusListInvalid(reason=error.code) from error
    if now is not None and opened.exp <= now:
        raise StatusListExpired(list=opened.list, exp=opened.exp)
    if now is not None and opened.iat > now + CLOCK_LEEWAY:
        raise StatusListFromFuture(list=opened.list, iat=opened.iat)
    return opened


def _verify(jws: Jws, keys: KeySet) -> None:
    key = next((key for key in keys.keys if key.kid == jws.kid), None)
    if key is None:
        raise StatusListInvalid(reason="not a status key", kid=jws.kid)
    jws.verify(key)


def _read_payload(payload: Any) -> StatusList:
    outer = _members(
        payload, sub=_is_text, iat=_is_count, exp=_is_count, ttl=_is_count, status_list=_any, hallmark=_any
    )
    inner = _members(outer["status_list"], bits=_is_count, lst=_is_text)
    ours = _members(outer["hallmark"], list=_is_count, version=_is_count, events_root=_is_text, entry=_is_count)
    events_root = unb64u(ours["events_root"])
    if inner["bits"] != BITS or len(events_root) != 32 or outer["iat"] > outer["exp"]:
        raise StatusListInvalid(reason="member")
    array = StatusArray(inflate(unb64u(inner["lst"]), ARRAY_BYTES))
    return StatusList(
        list=ours["list"],
        version=ours["version"],
        iat=outer["iat"],
        exp=outer["exp"],
        ttl=outer["ttl"],
        array=array,
        digest=array.digest,
        events_root=events_root,
        entry_index=ours["entry"],
        subject=outer["sub"],
    )


def _members(value: Any, **checks: Callable[[object], bool]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != checks.keys():
        raise StatusListInvalid(reason="members")
    if not all(check(value[name]) for name, check in checks.items()):
        raise StatusListInvalid(reason="member")
    return value


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MAX_NUMBER


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _any(_value: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class PackedStatuses:
    """Anybody's Token Status List: statuses of 1, 2, 4 or 8 bits, the lowest bits of each byte first."""

    bits: int
    packed: bytes

    def __len__(self) -> int:
        return len(self.packed) * 8 // self.bits

    def get(self, index: int) -> int:
        """Return the status at `index`; raises SlotOutOfRange."""
        if not 0 <= index < len(self):
            raise SlotOutOfRange(index=index)
        at, shift = divmod(index * self.bits, 8)
        return self.packed[at] >> shift & (1 << self.bits) - 1


def decode_lst(bits: int, lst: str | bytes, *, max_bytes: int = MAX_FOREIGN_BYTES) -> PackedStatuses:
    """Read `lst` of a Token Status List: base64url text in JSON, bytes in CBOR; at most `max_bytes` unpacked.

    Raises StatusListInvalid.
    """
    if type(bits) is not int or bits not in (1, 2, 4, 8):
        raise StatusListInvalid(reason="bits", bits=bits)
    try:
        data = unb64u(lst) if isinstance(lst, str) else lst
    except KeysError as error:
        raise StatusListInvalid(reason=error.code) from error
    return PackedStatuses(bits, inflate(data, max_bytes))
