"""What a forger, an insider and a careless office would present: the material of the demo's verdict examples."""

import uuid
from dataclasses import replace

from credentials.dates import PartialDate
from credentials.envelope import read_token, seal
from credentials.identifiers import new_number
from credentials.model import Credential, Holder, StatusRef, Title
from credentials.qrtext import to_text
from keys.algorithms import Algorithm
from keys.signer import Signer, SoftwareSigner

BUREAU = "上海市人力资源和社会保障局"
PUDONG = "上海市浦东新区人力资源和社会保障局"
AI_COMMITTEE = "上海市工程系列人工智能专业高级职称评审委员会"


def standard_sample(issued_at: int, *, issuer_code: str | None = None, random: bytes = bytes(range(16))) -> Credential:
    """The standard sample of docs/formats.md, by which the size of the QR code is judged."""
    return Credential(
        id=uuid.UUID(bytes=random, version=4),
        number=new_number(random),
        holder=Holder("欧阳建国", "居民身份证", "0019"),
        award=Title("高级工程师", "工程技术人才", "人工智能", "副高级", "评审", AI_COMMITTEE),
        issuer=BUREAU,
        issuer_code=issuer_code,
        awarded_on=PartialDate.parse("2026-09-16"),
        status=StatusRef(0, 131_000),
        issued_at=issued_at,
    )


def _sealed(credential: Credential, signer: Signer, host: str, registry_url: str) -> str:
    return to_text(host, seal(credential, signer, registry_url=registry_url).token)


class Forger:
    """Makes QR texts that look like ours; `genuine` is a real token whose slot the insider reuses."""

    def __init__(self, host: str, registry_url: str, genuine: bytes, now: int) -> None:
        self._host = host
        self._registry_url = registry_url
        self._genuine = genuine
        self._now = now

    def altered(self) -> str:
        """A genuine code with one digit changed, as by a pen or a bad copy."""
        text = to_text(self._host, self._genuine)
        place = len(text) - 100
        return f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"

    def stranger(self, code: str) -> str:
        """A flawless certificate, sealed by a key that nobody trusts."""
        return self._seal(self._forged(code), SoftwareSigner.generate(Algorithm.ES256))

    def out_of_scope(self, code: str, signer: Signer) -> str:
        """A real body seals a title that its committees may not award."""
        return self._seal(replace(self._forged(code), issuer=PUDONG), signer)

    def second_in_slot(self, code: str, signer: Signer) -> str:
        """An insider with the body's key seals another certificate for a slot that the log gave to somebody else."""
        slot = read_token(self._genuine).credential.status
        return self._seal(replace(self._forged(code), status=slot), signer)

    def from_the_future(self) -> str:
        """A code of a version that this verifier does not know yet."""
        digits = int.from_bytes(b"\x01\x09" + self._genuine, "big")
        return f"HTTPS://{self._host.upper()}/#{digits}"

    def _forged(self, code: str) -> Credential:
        return standard_sample(self._now - 2 * 3_600, issuer_code=code, random=uuid.uuid4().bytes)

    def _seal(self, credential: Credential, signer: Signer) -> str:
        return _sealed(credential, signer, self._host, self._registry_url)


def look_alike() -> str:
    """What a cloned query site prints: an address, and nothing that proves itself."""
    return "https://zcrc-chaxun.example/verify?id=20260916001"
