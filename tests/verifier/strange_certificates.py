"""Certificates that no honest office issues: sealed with a body's real key and logged, for the registry reads none of it."""

import os
import uuid
from dataclasses import dataclass, replace

from credentials.dates import PartialDate
from credentials.envelope import seal
from credentials.identifiers import new_number
from credentials.model import Credential, Holder, StatusRef, Title
from credentials.qrtext import to_text
from hallmark.house import House
from registry.contract import Submission

HOST = "hallmark.example"
HOUR, DAY = 3_600, 86_400
FOUNDED = 1_795_000_000  # 2026-11-18 19:06:40 in China
ISSUED = FOUNDED + HOUR
BUREAU, PUDONG = "11310000100000000F", "11310000200000000T"
EXAMINERS, POSTDOCS = "113100003000000006", "11310000400000000H"
BUREAU_NAME = "上海市人力资源和社会保障局"
AI_COMMITTEE = "上海市工程系列人工智能专业高级职称评审委员会"
AWARD = Title("高级工程师", "工程技术人才", "人工智能", "副高级", "评审", AI_COMMITTEE)
NAMES = {
    BUREAU: BUREAU_NAME,
    PUDONG: "上海市浦东新区人力资源和社会保障局",
    EXAMINERS: "上海市职业能力考试院",
    POSTDOCS: "上海市博士后工作办公室",
}


@dataclass(frozen=True)
class Certificate:
    """One issued certificate in all its forms, with everything it takes to seal it again."""

    number: str
    token: bytes
    document: str
    credential: Credential
    log_index: int
    body_code: str

    @property
    def text(self) -> str:
        """The text in its QR code."""
        return to_text(HOST, self.token)


def sample(body: str = BUREAU, **facts: object) -> Credential:
    """A flawless title of the bureau's artificial intelligence committee, or of another body, with some facts changed."""
    plain = Credential(
        id=uuid.uuid4(),
        number=new_number(os.urandom(16)),
        holder=Holder("欧阳建国", "居民身份证", "0019"),
        award=AWARD,
        issuer=NAMES[body],
        issuer_code=body,
        awarded_on=PartialDate.parse("2026-09-16"),
        status=StatusRef(0, 131_000),
        issued_at=ISSUED,
    )
    return replace(plain, **facts)  # type: ignore[arg-type]  # facts by name


def _strange() -> dict[str, tuple[str, Credential]]:
    """By name: whose key seals it, and what it says."""
    return {
        "expiring": (BUREAU, sample(expires_at=ISSUED + 60 * DAY)),
        "not yet awarded": (BUREAU, sample(awarded_on=PartialDate.parse("2026-12-31"))),
        "backdated a day": (BUREAU, sample(issued_at=ISSUED - DAY)),
        "backdated more": (BUREAU, sample(issued_at=ISSUED - DAY - 1)),
        "other name": (BUREAU, sample(issuer="上海市人社局")),
        "other code": (BUREAU, sample(issuer_code=PUDONG)),
        "name of another": (BUREAU, sample(PUDONG, issuer_code=BUREAU)),
        "kind": (EXAMINERS, sample(EXAMINERS)),
        "committee": (PUDONG, sample(PUDONG)),
        "series": (BUREAU, sample(award=replace(AWARD, series="会计人员"))),
        "specialty": (BUREAU, sample(award=replace(AWARD, specialty="会计"))),
        "level": (BUREAU, sample(award=replace(AWARD, level="正高级"))),
        "too early": (BUREAU, sample(awarded_on=PartialDate.parse("2024-06"))),
        "perhaps too early": (BUREAU, sample(awarded_on=PartialDate.parse("2024"))),
    }


def append_strange(house: House) -> dict[str, Certificate]:
    """Seal and log all of them in one batch, past the desk that would have refused them."""
    wanted = _strange()
    (run,) = house.recorder.reserve("strange", len(wanted))
    slots = (StatusRef(run.list, run.first + place) for place in range(run.count))
    credentials = {
        name: replace(fact, status=slot) for (name, (_, fact)), slot in zip(wanted.items(), slots, strict=True)
    }
    url = house.settings.registry_url
    sealed = {
        name: seal(credentials[name], house.signer_of(body), registry_url=url) for name, (body, _) in wanted.items()
    }
    submissions = [
        Submission(
            one.kid8,
            credentials[name].status.list,
            credentials[name].status.index,
            one.qr_digest,
            one.qr_signature,
            one.document_digest,
            one.document_signature,
        )
        for name, one in sealed.items()
    ]
    first = house.recorder.append("strange", submissions).first_index
    return {
        name: Certificate(fact.number, sealed[name].token, sealed[name].document, fact, first + place, wanted[name][0])
        for place, (name, fact) in enumerate(credentials.items())
    }
