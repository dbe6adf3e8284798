"""base64url without padding, in its one canonical spelling (RFC 4648 §5, RFC 7515 §2).

Two spellings of the same bytes would be two tokens with one meaning, so everything but the canonical one is refused.
"""

import binascii

from keys.errors import Base64NotCanonical

_TO_URL = bytes.maketrans(b"+/", b"-_")
# Standard-alphabet and padding characters become "!", which the strict decoder refuses.
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")
_LAST_OF_TWO = frozenset(b"AQgw")
_LAST_OF_THREE = frozenset(b"AEIMQUYcgkosw048")


def b64u(data: bytes) -> str:
    """Return the canonical base64url text of any bytes, without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def unb64u(text: str) -> bytes:
    """Return the bytes of a canonical base64url text; the empty text gives no bytes.

    Raises Base64NotCanonical for padding, white space, another alphabet, an impossible length or stray bits at the end.
    """
    try:
        return unb64u_ascii(text.encode("ascii"))
    except UnicodeEncodeError:
        raise Base64NotCanonical from None


def unb64u_ascii(raw: bytes) -> bytes:
    """Like `unb64u`, for text that is already bytes."""
    surplus = len(raw) % 4
    if (
        surplus == 1
        or (surplus == 2 and raw[-1] not in _LAST_OF_TWO)
        or (surplus == 3 and raw[-1] not in _LAST_OF_THREE)
    ):
        raise Base64NotCanonical
    try:
        return binascii.a2b_base64(raw.translate(_FROM_URL) + b"=" * (-len(raw) % 4), strict_mode=True)
    except binascii.Error:
        raise Base64NotCanonical from None
