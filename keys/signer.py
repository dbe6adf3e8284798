"""What signs: a small Protocol, and its implementation with a private key in memory.

A key in an HSM or behind a service implements the same Protocol. Whether a key *may* sign now is `keys.rotation`'s
question.
"""

from hashlib import sha512
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from keys.algorithms import P256_ORDER, Algorithm, PublicKey

PrivateHandle = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | mldsa.MLDSA44PrivateKey

# RFC 6979 nonces: signing needs no randomness, and vectors can be repeated.
_ES256 = ec.ECDSA(SHA256(), deterministic_signing=True)


class Signer(Protocol):
    """Signs with one key. Safe to call from several threads; a call that returns has signed exactly once."""

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what `sign` returns."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message`: r || s for ES256, else as the algorithm defines it."""
        ...


class SoftwareSigner:
    """A Signer with its private key in this process's memory; printing it shows the public one."""

    __slots__ = ("_private", "_public")

    def __init__(self, private: PrivateHandle) -> None:
        """Wrap a private key. Raises PublicKeyInvalid for one that is not of our algorithms."""
        self._private = private
        self._public = PublicKey(private.public_key())

    @classmethod
    def generate(cls, algorithm: Algorithm) -> "SoftwareSigner":
        """Return a signer with a fresh random key."""
        if algorithm is Algorithm.ES256:
            return cls(ec.generate_private_key(ec.SECP256R1()))
        if algorithm is Algorithm.ED25519:
            return cls(ed25519.Ed25519PrivateKey.generate())
        return cls(mldsa.MLDSA44PrivateKey.generate())

    @classmethod
    def from_private(cls, private: PrivateHandle) -> "SoftwareSigner":
        """Return a signer for this private key. Raises PublicKeyInvalid for one that is not of our algorithms."""
        return cls(private)

    @classmethod
    def from_seed(cls, algorithm: Algorithm, seed: bytes) -> "SoftwareSigner":
        """Return the same signer for the same seed, whatever its length: for tests and vectors, never for real keys."""
        expanded = sha512(b"hallmark seed\0" + algorithm.encode() + b"\0" + seed).digest()
        if algorithm is Algorithm.ES256:
            scalar = int.from_bytes(expanded, "big") % (P256_ORDER - 1) + 1
            return cls(ec.derive_private_key(scalar, ec.SECP256R1()))
        if algorithm is Algorithm.ED25519:
            return cls(ed25519.Ed25519PrivateKey.from_private_bytes(expanded[:32]))
        return cls(mldsa.MLDSA44PrivateKey.from_seed_bytes(expanded[:32]))

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what `sign` returns."""
        return self._public

    @property
    def private(self) -> PrivateHandle:
        """The private key itself, for the key store to seal."""
        return self._private

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message`; ES256 and Ed25519 repeat theirs, ML-DSA-44 is randomised (FIPS 204)."""
        private = self._private
        if isinstance(private, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(private.sign(message, _ES256))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return private.sign(message)

    def __repr__(self) -> str:
        return f"SoftwareSigner({self._public.kid})"
