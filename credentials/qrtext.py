"""The text in the QR code: sealed token bytes <-> `HTTPS://<HOST>/#<decimal digits>`.

The digits are one number: the byte 0x01, a version byte, then the raw DEFLATE of the token with the preset dictionary
that the version names. Host and version byte are not signed; the version is bound by the token's external_aad.
"""

import re
import zlib
from dataclasses import dataclass
from typing import Final

from credentials.dictionary import DICTIONARIES
from credentials.errors import Damaged, HostUnfit, NotOurs, TokenTooLarge, UnknownVersion

VERSION: Final = 1
MAX_DIGITS: Final = 4300  # beyond, int() refuses; no QR code that people can scan comes near
MAX_TOKEN: Final = 4096
# What version 11 at level M holds beside a host of so many characters.
MAX_HOST: Final = 20
MAX_BODY: Final = 224

_MARK: Final = 0x01
# A signature, a key identifier and a UUID cannot be compressed: anything smaller is some other number.
_MIN_BYTES: Final = 90
_HOST = re.compile(r"[A-Z0-9](?:[A-Z0-9-]*[A-Z0-9])?(?:\.[A-Z0-9](?:[A-Z0-9-]*[A-Z0-9])?)+(?::[0-9]{1,5})?")
# Any host may stand there, in any script, but nothing that hides or reorders what is shown of it.
_SHOWN = r"[^/#?@\\\x00-\x20\x7f-\xa0\u061c\u1680\u2000-\u206f\u3000\ufeff]"
_FORM = re.compile(rf"(?:https://({_SHOWN}{{1,253}})/(?:c/|#))?([0-9]{{1,{MAX_DIGITS}}})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class QrText:
    """What a QR text holds: the host as written (None for bare digits), the version byte, the sealed token's bytes."""

    host: str | None
    version: int
    cose: bytes


def to_text(host: str, cose: bytes, *, version: int = VERSION) -> str:
    """Return the QR text for a sealed token. Raises HostUnfit, UnknownVersion, or TokenTooLarge beyond 4 KiB or 4,300 digits."""
    digits = to_digits(cose, version=version)
    return f"HTTPS://{fit_host(host)}/#{digits}"


def to_digits(cose: bytes, *, version: int = VERSION) -> str:
    """Return the bare digits for a sealed token. Raises UnknownVersion or TokenTooLarge."""
    number = int.from_bytes(bytes((_MARK, version)) + deflated(cose, version=version), "big")
    if number >= _TOO_LARGE:
        raise TokenTooLarge(size=len(cose), limit=MAX_TOKEN)
    return str(number)


def from_text(text: str) -> QrText:
    """Return the token in a QR text, in `/C/<digits>`, or in bare digits, whatever the letters' case.

    Raises NotOurs when this is no text of ours at all, UnknownVersion when it needs newer software, Damaged when it is
    ours and cannot be read. Bounded: never inflates beyond 4 KiB.
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise NotOurs(reason="form")
    host, digits = form.groups()
    number = int(digits)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if len(raw) < _MIN_BYTES or raw[0] != _MARK:
        raise NotOurs(reason="number")
    if digits[0] == "0":
        raise Damaged(reason="leading zero")
    return QrText(host, raw[1], inflated(raw[2:], version=raw[1]))


def fit_host(host: str) -> str:
    """Return a host name as it stands in QR codes, in capitals. Raises HostUnfit beyond 20 characters, or if not a DNS name."""
    name = host.upper()
    if len(host) > MAX_HOST or not host.isascii() or not _HOST.fullmatch(name):
        raise HostUnfit(host=host[:64], limit=MAX_HOST)
    return name


def deflated(cose: bytes, *, version: int = VERSION) -> bytes:
    """Return the body: raw DEFLATE with the version's dictionary. Raises UnknownVersion or TokenTooLarge."""
    if len(cose) > MAX_TOKEN:
        raise TokenTooLarge(size=len(cose), limit=MAX_TOKEN)
    stream = zlib.compressobj(9, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, _dictionary(version))
    return stream.compress(cose) + stream.flush()


def inflated(body: bytes, *, version: int = VERSION) -> bytes:
    """Return the token of a body. Raises UnknownVersion, or Damaged: not one whole DEFLATE stream of at most 4 KiB."""
    stream = zlib.decompressobj(-15, zdict=_dictionary(version))
    try:
        cose = stream.decompress(body, MAX_TOKEN + 1)
    except zlib.error:
        raise Damaged(reason="deflate") from None
    if len(cose) > MAX_TOKEN:
        raise Damaged(reason="too large")
    if not stream.eof or stream.unused_data:
        raise Damaged(reason="deflate end")
    return cose


def _dictionary(version: int) -> bytes:
    try:
        return DICTIONARIES[version]
    except KeyError:
        raise UnknownVersion(version=version) from None


_TOO_LARGE: Final = 10**MAX_DIGITS
