"""Finds a certificate by its number and its holder's name, in the same time whether there is one or not.

Whoever guesses learns nothing: for a number that does not exist the token of nobody is decrypted, read and compared.
"""

from hmac import compare_digest
from typing import Final
from uuid import uuid4

from credentials.claims import to_qr_payload
from credentials.dates import PartialDate
from credentials.digest import qr_aad
from credentials.envelope import read_token
from credentials.errors import NumberInvalid
from credentials.identifiers import check_number, new_number
from credentials.model import Credential, Holder, StatusRef, Title
from credentials.names import matching
from credentials.qrtext import VERSION, to_text
from issuers.ledger import Ledger
from keys.algorithms import Algorithm
from keys.cose import sign1
from keys.signer import SoftwareSigner

_NO_NUMBER: Final = "-"
_NO_NAME: Final = "-"


class RecordFinder:
    """Number and name to the text of the certificate's QR code. Opens the ledger; one for each process."""

    def __init__(self, ledger: Ledger, host: str) -> None:
        """`host` is the one that stands in the codes."""
        self._ledger = ledger
        self._host = host
        self._nobody = _nobody(ledger)

    def __call__(self, number: str, name: str, /) -> str | None:
        """Return the sealed token as QR text, or None: no such number, another name, or a person who was erased.

        Takes whatever a person types. Raises what the ledger raises.
        """
        found = self._ledger.locked_token(_as_printed(number))
        token = self._ledger.unlock_token(*(found or self._nobody))
        holder = matching(read_token(token).credential.holder.name)
        same = compare_digest(_bytes(holder), _bytes(matching(name) or _NO_NAME))
        return to_text(self._host, token) if found and same else None


def _as_printed(number: str) -> str:
    try:
        return check_number(number)
    except NumberInvalid:
        return _NO_NUMBER


def _bytes(name: str | None) -> bytes:
    return (name or "").encode("utf-8", "surrogatepass")


def _nobody(ledger: Ledger) -> tuple[bytes, bytes]:
    """A certificate of an ordinary size that nobody has, sealed under a key that is forgotten at once."""
    award = Title("高级工程师", "工程技术人才", "人工智能", "副高级", "评审", "工程系列高级职称评审委员会")
    credential = Credential(
        id=uuid4(),
        number=new_number(bytes(8)),
        holder=Holder("无名氏", "居民身份证", "0000"),
        award=award,
        issuer="人力资源和社会保障局",
        issuer_code=None,
        awarded_on=PartialDate(2026),
        status=StatusRef(0, 0),
        issued_at=0,
    )
    signer = SoftwareSigner.generate(Algorithm.ES256)
    token = sign1(to_qr_payload(credential), signer, external_aad=qr_aad(VERSION))
    return credential.id.bytes, ledger.lock_token(credential.id.bytes, token)
