"""Publishers, a body and a committee for the tests of lists."""

from collections.abc import Iterable
from typing import Any

from keys.algorithms import Algorithm
from keys.roots import KeySet
from keys.signer import SoftwareSigner
from registry.trust import Authority, Body, IssuerKey, TrustList, manifest_of

A, B, STRANGER, ISSUER = (SoftwareSigner.from_seed(Algorithm.ES256, n) for n in (b"a", b"b", b"stranger", b"issuer"))
KEYS = KeySet((A.public_key, B.public_key), 2)
CITY = Body("11310000100000000F", "上海市人力资源和社会保障局", "Shanghai HRSS", ("职称", "职业资格"))
AI = Authority(
    CITY.code, "人工智能高级评委会", "工程技术人才", "人工智能", "副高级", "310000", "2024-001", "2024-07-01", "2027-06-30"
)  # fmt: skip


def trust_of(bodies: Iterable[Body], authorities: Iterable[Authority]) -> tuple[dict[str, Any], dict[int, bytes]]:
    """Manifest and shards of a trust list with one key."""
    shards = TrustList(bodies, authorities, [IssuerKey(ISSUER.public_key, CITY.code, 1)]).to_shards()
    return manifest_of(shards), shards
