"""What others do with the same processor in the same run: raw P-256, PyJWT, and PyPI `cwt` in a process of its own."""

from collections.abc import Callable

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_ALGORITHM = ec.ECDSA(SHA256())
_DETERMINISTIC = ec.ECDSA(SHA256(), deterministic_signing=True)
_MESSAGE = bytes(300)
_CLAIMS = {"iss": "https://issuer.example", "iat": 1_790_000_000, "name": "欧阳建国", "title": "高级工程师"}


def operations() -> dict[str, Callable[[], object]]:
    """One callable per yardstick; each makes or checks one ES256 signature over about 300 bytes."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key()
    signature = private.sign(_MESSAGE, _ALGORITHM)
    token = jwt.encode(_CLAIMS, private, algorithm="ES256")
    options = {"verify_iat": False}
    return {
        "raw P-256 sign": lambda: private.sign(_MESSAGE, _ALGORITHM),
        "raw P-256 sign, RFC 6979": lambda: private.sign(_MESSAGE, _DETERMINISTIC),
        "raw P-256 verify": lambda: public.verify(signature, _MESSAGE, _ALGORITHM),
        "PyJWT sign": lambda: jwt.encode(_CLAIMS, private, algorithm="ES256"),
        "PyJWT verify": lambda: jwt.decode(token, public, algorithms=["ES256"], options=options),
    }
