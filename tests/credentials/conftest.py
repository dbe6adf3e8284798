"""The standard sample, sealed once by a key that every run makes again; and a strategy for any credential."""

import unicodedata
from datetime import date
from uuid import UUID

import pytest
from hypothesis import strategies as st

from credentials.dates import PartialDate
from credentials.envelope import Sealed, seal
from credentials.identifiers import new_number
from credentials.kinds import CATEGORIES, ID_TYPES, LEVELS, STATION_KINDS, WAYS
from credentials.model import Credential, Holder, Postdoc, Qualification, StatusRef, Title, is_text
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


NAMES = st.sampled_from(
    ["欧阳建国", "王䶮", "㼆䶮", "张𬱖玥", "𫖯", "阿卜杜拉·买买提", "Nguyễn Thị Hương", "O'Brien-Smith Jr.", "한지민", "ROSSI MARIA CHIARA"]
) | st.text(st.sampled_from("欧阳建国李王䶮𬱖㼆𫖯"), min_size=1, max_size=20)  # fmt: skip
TEXTS = st.sampled_from(
    ["工程技术人才", "上海市人力资源和社会保障局", "咨询工程师(投资)", "沪人社职〔2026〕423号", "a", "Ærø ß", "䶮" * 100]
) | st.text(st.characters(min_codepoint=0x21, max_codepoint=0x2FF), max_size=20).map(
    lambda text: unicodedata.normalize("NFC", text)
).filter(is_text)  # fmt: skip
DATES = st.dates(date(1900, 1, 1), date(2199, 12, 31)).flatmap(
    lambda day: st.integers(1, 3).map(lambda parts: PartialDate(*(day.year, day.month, day.day)[:parts]))
)
TAILS = st.text("0123456789ABCDEFX", min_size=4, max_size=4)
HOLDERS = st.builds(Holder, NAMES) | st.builds(Holder, NAMES, st.sampled_from(list(ID_TYPES)) | TEXTS, TAILS)
OPTIONAL = st.none() | TEXTS
TITLES = st.builds(
    Title, TEXTS, TEXTS, TEXTS, st.sampled_from(list(LEVELS)), st.sampled_from(list(WAYS)), TEXTS, OPTIONAL
)
QUALIFICATIONS = st.builds(
    Qualification, TEXTS, OPTIONAL, OPTIONAL, st.sampled_from(list(CATEGORIES)), OPTIONAL, OPTIONAL
)
POSTDOCS = st.tuples(DATES, DATES).flatmap(
    lambda pair: st.builds(
        Postdoc,
        TEXTS,
        st.sampled_from(list(STATION_KINDS)),
        TEXTS,
        TEXTS,
        st.just(min(pair, key=PartialDate.first_day)),
        st.just(max(pair, key=PartialDate.first_day)),
        OPTIONAL,
    )
)
CREDENTIALS = st.builds(
    Credential,
    id=st.uuids(version=4),
    number=st.binary(min_size=8, max_size=8).map(new_number),
    holder=HOLDERS,
    award=TITLES | QUALIFICATIONS | POSTDOCS,
    issuer=TEXTS,
    issuer_code=st.sampled_from(["113100003000000006", "11310000100000000F"]),
    awarded_on=DATES,
    status=st.builds(StatusRef, st.integers(0, 2**31 - 1), st.integers(0, 2**17 - 1)),
    issued_at=st.integers(0, 2**32),
    expires_at=st.none() | st.integers(2**32 + 1, 2**33 - 1),
)


@pytest.fixture(scope="session")
def any_credential() -> st.SearchStrategy[Credential]:
    """Credentials of all kinds, as odd as they may be: draw from it."""
    return CREDENTIALS
