"""Holds the ledger of a house that only issues against what the registry publishes: every certificate is checked as by anyone.

What it cannot find from here: entries under our keys that the ledger never knew. The registry's own audit reads every entry.
"""

from collections.abc import Callable
from typing import Final

from hallmark.reconcile import STATUS_OF_STATE, Progress
from issuers.ledger import Ledger
from issuers.records import RELEASED, SEALED, Account
from registry.replay import Finding
from verifier.check import check
from verifier.gather import Gatherer
from verifier.policy import ONLINE
from verifier.verdict import Result, Verdict

_STANDING: Final = frozenset({RELEASED, "reinstated"})
_EVERY: Final = 64


def reconcile_published(
    ledger: Ledger, gatherer: Gatherer, clock: Callable[[], int], progress: Progress | None = None
) -> list[Finding]:
    """Return every released certificate on whose state a verifier and the ledger do not agree now."""
    findings: list[Finding] = []
    under_way, total = ledger.under_way(), ledger.size()
    for done, account in enumerate(ledger.accounts()):
        if account.state != SEALED and account.number not in under_way:
            findings += _compare(account, gatherer, clock())
        if progress is not None and done % _EVERY == 0:
            progress(done, total)
    return findings


def _compare(account: Account, gatherer: Gatherer, now: int) -> list[Finding]:
    if account.unreadable:
        return [Finding("audit.ledger_unreadable", {"number": account.number})]
    if account.sealed is None:
        return []  # an erased person: only the registry's own audit can still compare the slot
    document = account.sealed[1]
    verdict = check(document, gatherer.evidence_for(document), ONLINE, now=now)
    if account.state in STATUS_OF_STATE and _agrees(account.state, verdict):
        return []
    result = verdict.reason or str(verdict.result)
    return [Finding("audit.published_differs", {"number": account.number, "state": account.state, "result": result})]


def _agrees(state: str, verdict: Verdict) -> bool:
    if state in _STANDING:
        return verdict.result is Result.GENUINE_VALID
    return verdict.result is Result.GENUINE_NOT_VALID and verdict.reason == state
