"""What the log and the registry know of a sealed form: one SHA-256 over exactly the bytes that are signed.

Never over the token's text: a signature has more than one valid spelling (r, s and r, n-s), what is signed has one.
"""

from hashlib import sha256

from keys.cose import Sign1, read1


def qr_aad(version: int) -> bytes:
    """Return the external_aad of a QR token, which binds the version byte that is not signed itself."""
    return b"hallmark/qr/%d" % version


def qr_digest(cose: bytes | Sign1, version: int = 1) -> bytes:
    """Return SHA-256 over the Sig_structure (RFC 9052 §4.4) of a QR token. Raises the errors of `keys.cose.read1`."""
    sealed = cose if isinstance(cose, Sign1) else read1(cose)
    return sha256(sealed.sig_structure(qr_aad(version))).digest()


def document_digest(token: str) -> bytes:
    """Return SHA-256 over the ASCII `header.payload` of a compact JWS (RFC 7515 §5.1), which is not checked here."""
    return sha256(token.rpartition(".")[0].encode("ascii", "replace")).digest()
