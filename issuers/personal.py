"""Personal data at rest: AES-256-GCM, each ciphertext bound to its certificate's id. Erasing the row erases the person."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from issuers.refusals import LedgerUnreadable

_NONCE: Final = 12


class Vault:
    """Encrypts and decrypts one ledger's personal data under one 32-byte key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def lock(self, certificate_id: bytes, data: bytes) -> bytes:
        """Return nonce || ciphertext of `data`; only the same id unlocks it."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, data, certificate_id)

    def unlock(self, certificate_id: bytes, locked: bytes) -> bytes:
        """Return what was locked; raise `LedgerUnreadable` for another key, another id or altered bytes."""
        try:
            return self._cipher.decrypt(locked[:_NONCE], locked[_NONCE:], certificate_id)
        except (InvalidTag, ValueError):
            raise LedgerUnreadable(certificate=certificate_id.hex()) from None
