"""Issue a batch: reserve slots, seal and store, append, prove, release. A crash anywhere resumes from the stored bytes.

The order is the contract (design: issuing fails closed). Until step 4 has proven a certificate's entry under a checkpoint
that the log signed, its token leaves the ledger by no door; from step 2 on nothing is ever signed again.

1. reserve   a run of status slots (they read "never issued")
2. seal      both forms, re-open them, store the bytes durably in one transaction, and read them back
3. append    the digests with the issuer's signatures; idempotent by the batch's id
4. prove     every entry's inclusion under the returned checkpoint, from our own copy of its bytes
5. release   in one transaction with the audit rows
"""

import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from credentials.envelope import Sealed, seal
from credentials.identifiers import new_number
from credentials.model import Credential, StatusRef
from issuers.ledger import Ledger
from issuers.ports import Clock, IdentifierOf, Registry, SignerOf, no_identifier
from issuers.records import SealedCertificate
from issuers.refusals import RegistryUnproven, SlotsWrong
from issuers.reopened import require_approved, require_stored, submission_of
from issuers.rows import CheckedRow, Draft
from keys.errors import KeysError
from keys.roots import LogIdentity
from keys.signer import Signer
from registry.checkpoint import open_checkpoint
from registry.contract import Appended, SlotRun, Submission
from registry.entries import CredentialEntry, encode
from registry.errors import RegistryError
from registry.merkle import leaf_hash, verify_inclusion

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Issued:
    """What one call issued: released certificates and rows that the ledger already knew (row -> number)."""

    released: int
    batches: tuple[str, ...]
    known: dict[int, str]


@dataclass(frozen=True, slots=True)
class IssuingDesk:
    """The ledger, the registry and the signers that issuing works with. `registry_url` stands in documents only."""

    ledger: Ledger
    registry: Registry
    signer_of: SignerOf
    log: LogIdentity
    clock: Clock
    registry_url: str
    identifier_of: IdentifierOf = no_identifier

    def issue(self, rows: Iterable[CheckedRow], *, kind: str, source: str) -> Iterator[Issued]:
        """Issue the drafts of accepted `rows`, `CHUNK` at a time; yields after each chunk that was released.

        Rows whose source key the ledger knows are not issued again. Raises `IssuingError`, `KeysError`, `RegistryError`;
        what was stored by then is finished by `resume`.
        """
        accepted = (row for row in rows if row.draft is not None)
        while chunk := list(islice(accepted, CHUNK)):
            known = self.ledger.already_issued(row.source_key for row in chunk)
            fresh = [row for row in chunk if row.source_key not in known]
            batches = [
                self._issue_batch(mine, kind, source)
                for code in sorted({_draft(row).issuer_code for row in fresh})
                if (mine := [row for row in fresh if _draft(row).issuer_code == code])
            ]
            told = {row.number: known[row.source_key] for row in chunk if row.source_key in known}
            yield Issued(len(fresh), tuple(batches), told)

    def _issue_batch(self, rows: Sequence[CheckedRow], kind: str, source: str) -> str:
        batch = uuid.uuid4().hex
        signer = self.signer_of(_draft(rows[0]).issuer_code)
        slots = _slots(self.registry.reserve(batch, len(rows)), batch, len(rows))
        now = self.clock()
        sealed = [self._seal(row, slot, signer, now) for row, slot in zip(rows, slots, strict=True)]
        submissions = [require_approved(one, _draft(row)) for one, row in zip(sealed, rows, strict=True)]
        self.ledger.store_sealed(batch, kind, source, sealed, now)
        require_stored(sealed, self.ledger.sealed_of(batch))
        self._finish(batch, submissions)
        return batch

    def _seal(self, row: CheckedRow, slot: StatusRef, signer: Signer, now: int) -> SealedCertificate:
        draft, number = _draft(row), _fresh_number()
        credential = Credential(
            id=uuid.uuid4(),
            number=number,
            holder=draft.holder,
            award=draft.award,
            issuer=draft.issuer,
            issuer_code=draft.issuer_code,
            awarded_on=draft.awarded_on,
            status=slot,
            issued_at=now,
            expires_at=None,
        )
        identifier = self.identifier_of(draft.issuer_code, credential.kind, number)
        if identifier is not None:
            credential = replace(credential, identifier=identifier)
        sealed = seal(credential, signer, registry_url=self.registry_url)
        return _as_stored(credential, sealed, row, draft)

    def _finish(self, batch: str, submissions: Sequence[Submission]) -> None:
        """Steps 3 to 5 for a stored batch. Safe to repeat at any time."""
        appended = self.registry.append(batch, submissions)
        self._prove(batch, submissions, appended)
        self.ledger.release(batch, appended.first_index, self.clock())

    def _prove(self, batch: str, submissions: Sequence[Submission], appended: Appended) -> None:
        """Believe nothing the registry says: recompute each leaf and check its proof under the log's own signature."""
        try:
            opened = open_checkpoint(appended.checkpoint, self.log, (), require_ml_dsa=True, witness_threshold=0)
            size, root = opened.checkpoint.size, opened.checkpoint.root
            proofs = self.registry.prove(appended.first_index, len(submissions), size)
            for place, (submission, proof) in enumerate(zip(submissions, proofs, strict=True)):
                leaf = leaf_hash(encode(_entry(submission, appended.t)))
                verify_inclusion(appended.first_index + place, size, leaf, proof, root)
        except (RegistryError, KeysError) as defect:
            raise RegistryUnproven(batch=batch, defect=defect.code) from defect
        except ValueError:
            raise RegistryUnproven(batch=batch, defect="registry.proofs_incomplete") from None

    def resume(self) -> int:
        """Finish every batch that was stored but not released; return how many certificates that released."""
        released = 0
        for batch in self.ledger.unreleased():
            submissions = [submission_of(each) for each in self.ledger.sealed_of(batch)]
            self._finish(batch, submissions)
            released += len(submissions)
        return released


def _draft(row: CheckedRow) -> Draft:
    assert row.draft is not None
    return row.draft


def _slots(runs: Sequence[SlotRun], batch: str, count: int) -> list[StatusRef]:
    slots = [StatusRef(run.list, index) for run in runs for index in range(run.first, run.first + run.count)]
    if len(slots) != count:
        raise SlotsWrong(batch=batch)
    return slots


def _fresh_number() -> str:
    return new_number(os.urandom(16))


def _as_stored(credential: Credential, sealed: Sealed, row: CheckedRow, draft: Draft) -> SealedCertificate:
    return SealedCertificate(
        id=credential.id.bytes,
        number=credential.number,
        source_key=row.source_key,
        row=row.number,
        kind=credential.kind,
        body_code=draft.issuer_code,
        issued_at=credential.issued_at,
        list=credential.status.list,
        index=credential.status.index,
        token=sealed.token,
        document=sealed.document,
        facts=draft.facts.as_text(),
    )


def _entry(submission: Submission, t: int) -> CredentialEntry:
    return CredentialEntry(t, submission.kid8, submission.list, submission.index, submission.qr, submission.doc)
