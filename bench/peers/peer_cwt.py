"""Signs and verifies one CWT with PyPI `cwt` under ES256; prints seconds of processor time per operation as JSON."""

import json
import sys
import time

import cwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cwt import COSEKey

ROUNDS = int(sys.argv[1])


def cpu_seconds(operation, rounds):
    """Median of five runs, processor seconds per operation."""
    runs = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(rounds):
            operation()
        runs.append((time.process_time() - start) / rounds)
    return sorted(runs)[2]


def main():
    """Measure and print."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signing, verifying = COSEKey.from_pem(pem, kid="01"), COSEKey.from_pem(public, kid="01")
    claims = {
        1: "https://issuer.example",
        6: 1_790_000_000,
        -65537: {2: "7K2M9P4Q3W8XA", 6: "欧阳建国", 11: "高级工程师"},
    }
    token = cwt.encode(claims, signing)
    print(
        json.dumps(
            {
                "sign": cpu_seconds(lambda: cwt.encode(claims, signing), ROUNDS),
                "verify": cpu_seconds(lambda: cwt.decode(token, verifying), ROUNDS),
            }
        )
    )


main()
