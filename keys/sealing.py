"""Private keys as text at rest: PKCS#8 under a passphrase that is stretched by scrypt first. No file, no clock.

The library's own PKCS#8 encryption stretches a passphrase by 2,048 rounds of PBKDF2, which a graphics card undoes for
any phrase that a person can remember. So the phrase goes through scrypt (RFC 7914: 32 MiB, about 0.1 s), whose salt and
cost stand as one line above the PEM; what scrypt returns, in base64url, is the PEM's passphrase for any other tool.
"""

import re
from hashlib import scrypt
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from keys.b64 import b64u, unb64u
from keys.errors import KeyFileDamaged, KeysError, PassphraseMissing, PassphraseWrong
from keys.signer import PrivateHandle

SALT_BYTES: Final = 16
_LOG2_N, _R, _P = 15, 8, 1
_MAX_MEMORY: Final = 1 << 30  # scrypt's own bound; the costs that we read stay below it
_HEAD = re.compile(
    rb"Hallmark-Scrypt: (1[4-9]) ([A-Za-z0-9_-]{22})\n(-----BEGIN ENCRYPTED PRIVATE KEY-----\n.*)", re.DOTALL
)


class Passphrase:
    """A passphrase and what it stretches to, kept per salt so that a folder of keys costs one scrypt, not one each."""

    __slots__ = ("_phrase", "_stretched")

    def __init__(self, phrase: bytes) -> None:
        """Take the passphrase. Raises PassphraseMissing when it is empty."""
        if not phrase:
            raise PassphraseMissing
        self._phrase = phrase
        self._stretched: dict[tuple[int, bytes], bytes] = {}

    def stretched(self, log2_n: int, salt: bytes) -> bytes:
        """Return the PKCS#8 passphrase for this cost and salt."""
        known = self._stretched.get((log2_n, salt))
        if known is None:
            raw = scrypt(self._phrase, salt=salt, n=1 << log2_n, r=_R, p=_P, maxmem=_MAX_MEMORY, dklen=32)
            known = self._stretched[log2_n, salt] = b64u(raw).encode("ascii")
        return known

    def __repr__(self) -> str:
        return "Passphrase(...)"


def seal_private(private: PrivateHandle, passphrase: Passphrase, salt: bytes) -> bytes:
    """Return the sealed text of a private key; `salt` is 16 random bytes, and may serve all keys of one folder."""
    encryption = BestAvailableEncryption(passphrase.stretched(_LOG2_N, salt))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    return b"Hallmark-Scrypt: %d %b\n%b" % (_LOG2_N, b64u(salt).encode("ascii"), pem)


def open_private(sealed: bytes, passphrase: Passphrase, *, name: str) -> PrivateHandle:
    """Return the private key. Raises PassphraseWrong, or KeyFileDamaged when the text is not a sealed key at all."""
    log2_n, salt, pem = _parts(sealed, name)
    try:
        private = load_pem_private_key(pem, passphrase.stretched(log2_n, salt))
    except UnsupportedAlgorithm:
        raise KeyFileDamaged(name=name) from None
    except (ValueError, TypeError):
        # A wrong passphrase and a flipped bit in the cipher text look the same from outside.
        raise PassphraseWrong(name=name) from None
    if not isinstance(private, (ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey, mldsa.MLDSA44PrivateKey)):
        raise KeyFileDamaged(name=name)
    return private


def salt_of(sealed: bytes, *, name: str) -> bytes:
    """Return the salt that stands above a sealed key. Raises KeyFileDamaged."""
    return _parts(sealed, name)[1]


def _parts(sealed: bytes, name: str) -> tuple[int, bytes, bytes]:
    found = _HEAD.fullmatch(sealed)
    if found is None:
        raise KeyFileDamaged(name=name)
    try:
        return int(found[1]), unb64u(found[2].decode("ascii")), found[3]
    except KeysError:
        raise KeyFileDamaged(name=name) from None
