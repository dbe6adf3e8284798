"""The standard sample, sealed once by a key that every run makes again."""

from uuid import UUID

import pytest

from credentials.dates import PartialDate
from credentials.envelope import Sealed, seal
from credentials.model import Credential, Holder, StatusRef, Title
from credentials.qrtext import to_text
from keys.algorithms import Algorithm
from keys.signer import SoftwareSigner

REGISTRY = "https://registry.example"


@pytest.fixture(scope="session")
def standard() -> Credential:
    """The design's standard sample."""
    title = Title(
        "高级工程师", "工程技术人才", "人工智能", "副高级", "评审", "上海市工程系列人工智能专业高级职称评审委员会"
    )
    return Credential(
        id=UUID("c0ffee00-1234-4abc-8def-0123456789ab"),
        number="64S36D1N6RVMK",
        holder=Holder("欧阳建国", "居民身份证", "0019"),
        award=title,
        issuer="上海市人力资源和社会保障局",
        issuer_code="113100003000000006",
        awarded_on=PartialDate(2026, 9, 16),
        status=StatusRef(3, 70000),
        issued_at=1_790_000_000,
    )


@pytest.fixture(scope="session")
def signer() -> SoftwareSigner:
    """The issuer's key."""
    return SoftwareSigner.from_seed(Algorithm.ES256, b"credentials tests")


@pytest.fixture(scope="session")
def sealed(standard: Credential, signer: SoftwareSigner) -> Sealed:
    """The standard sample in both forms."""
    return seal(standard, signer, registry_url=REGISTRY)


@pytest.fixture(scope="session")
def text(sealed: Sealed) -> str:
    """Its QR text."""
    return to_text("verify.example", sealed.token)
