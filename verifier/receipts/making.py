"""Makes receipts of verdicts: takes over what was found, masks the name, adds nothing. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from credentials.names import mask
from registry.checkpoint import OpenedCheckpoint
from registry.statuslist import StatusList
from verifier.facts import standing
from verifier.receipts.claims import Checked, Head, ListVersion, StepTaken, Summary
from verifier.verdict import Finding, Verdict


def presented_digest(text: str) -> str:
    """Return the SHA-256 in hexadecimal of what was presented: the text in UTF-8 without white space around it."""
    return sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()


def checked(verdict: Verdict, text: str) -> Checked:
    """Return what a receipt says of one verdict on `text`."""
    basis = verdict.basis
    credential = verdict.credential if standing(verdict) != "none" else None
    return Checked(
        sha256=presented_digest(text),
        form=verdict.form,
        number=credential.number if credential else None,
        holder=mask(credential.holder.name) if credential else None,
        issuer=verdict.issuer if credential else None,
        result=verdict.result,
        reason=verdict.reason,
        since=verdict.since,
        successor=verdict.successor,
        asked_at=verdict.asked_at,
        checked_at=verdict.checked_at,
        steps=tuple(map(_step, verdict.findings)),
        warnings=tuple(each.code for each in verdict.warnings),
        checkpoint=_head(basis.checkpoint),
        log_index=basis.logged.index if basis.logged else None,
        trust_list=basis.trust.version if basis.trust else None,
        status_list=_list(basis.status) if basis.status else None,
    )


@dataclass(slots=True)
class Counting:
    """Counts verdicts as they come, and the evidence they rest on, for a summary; keeps no verdict."""

    began_at: int
    counts: Counter[str] = field(default_factory=Counter)
    _newest: OpenedCheckpoint | None = None
    _trust: int | None = None
    _lists: dict[int, StatusList] = field(default_factory=dict)

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        self.counts[verdict.result.value] += 1
        basis = verdict.basis
        if basis.checkpoint and (
            self._newest is None or basis.checkpoint.checkpoint.size >= self._newest.checkpoint.size
        ):
            self._newest = basis.checkpoint
        if basis.trust:
            self._trust = max(self._trust or 0, basis.trust.version)
        if basis.status:
            self._lists[basis.status.list] = basis.status

    def summary(self, result_file_sha256: str, now: int) -> Summary:
        """Return the summary over everything counted, bound to the bytes of the result file."""
        return Summary(
            sha256=result_file_sha256,
            rows=self.counts.total(),
            counts=dict(sorted(self.counts.items())),
            began_at=self.began_at,
            ended_at=now,
            checkpoint=_head(self._newest),
            trust_list=self._trust,
            status_lists=_lists(self._lists.values()),
        )


def _step(finding: Finding) -> StepTaken:
    return StepTaken(finding.step.value, finding.outcome.value, finding.code)


def _head(opened: OpenedCheckpoint | None) -> Head | None:
    if opened is None:
        return None
    head = opened.checkpoint
    return Head(head.origin, head.size, head.root.hex(), opened.time or 0)


def _list(status: StatusList) -> ListVersion:
    return ListVersion(status.list, status.version, status.iat)


def _lists(lists: Iterable[StatusList]) -> tuple[ListVersion, ...]:
    return tuple(_list(each) for each in sorted(lists, key=lambda each: each.list))
