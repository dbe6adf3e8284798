"""Re-opens sealed certificates from their bytes and holds them against what was approved, before anything is registered.

A bit that flips in memory between approving and signing is signed like any other, and one that flips afterwards is stored like
any other. So nothing reaches the registry that was not read back and found to say, in both forms, what the row says.
"""

from collections.abc import Sequence

from credentials.claims import to_qr_payload
from credentials.envelope import Presented, read_document, read_token
from credentials.errors import CredentialsError
from credentials.model import StatusRef
from issuers.records import SealedCertificate
from issuers.refusals import SealedDiffers
from issuers.rows import Draft
from keys.errors import KeysError
from registry.contract import Submission


def require_approved(certificate: SealedCertificate, draft: Draft) -> Submission:
    """Return what the registry may know of a certificate that says what `draft` says. Raises SealedDiffers."""
    token, document = _reopened(certificate)
    said = document.credential
    written = (said.holder, said.award, said.issuer, said.issuer_code, said.awarded_on)
    approved = (draft.holder, draft.award, draft.issuer, draft.issuer_code, draft.awarded_on)
    if written != approved:
        raise SealedDiffers(number=certificate.number, defect="what was approved")
    return _submission(certificate, token, document)


def submission_of(certificate: SealedCertificate) -> Submission:
    """Return what the registry may know of a stored certificate. Raises SealedDiffers."""
    return _submission(certificate, *_reopened(certificate))


def require_stored(sealed: Sequence[SealedCertificate], stored: Sequence[SealedCertificate]) -> None:
    """Raise SealedDiffers unless what was read back from the ledger is what was sealed, to the last bit."""
    if len(stored) != len(sealed):
        raise SealedDiffers(number="", defect="how many are stored")
    for ours, theirs in zip(sealed, stored, strict=True):
        if ours != theirs:
            raise SealedDiffers(number=ours.number, defect="what is stored")


def _reopened(certificate: SealedCertificate) -> tuple[Presented, Presented]:
    """Both forms, which must say the same, and of this certificate."""
    try:
        token, document = read_token(certificate.token), read_document(certificate.document)
        agree = to_qr_payload(document.credential) == token.sealed.payload
    except (CredentialsError, KeysError) as error:
        raise SealedDiffers(number=certificate.number, defect=error.code) from error
    said = document.credential
    slot = StatusRef(certificate.list, certificate.index)
    named = (said.id.bytes, said.number, said.status, said.issued_at)
    if not agree or named != (certificate.id, certificate.number, slot, certificate.issued_at):
        raise SealedDiffers(number=certificate.number, defect="its other form")
    return token, document


def _submission(certificate: SealedCertificate, token: Presented, document: Presented) -> Submission:
    return Submission(
        token.kid8, certificate.list, certificate.index,
        token.digest, token.sealed.signature, document.digest, document.sealed.signature,
    )  # fmt: skip
