"""The trust list tells verifiers where a key's window lies in the log; the audit holds it to what the log says."""

from dataclasses import replace
from hashlib import sha256

import pytest

from keys.algorithms import Algorithm
from keys.signer import SoftwareSigner
from registry.audit_parts import check_shards
from registry.entries import KeyEntry, encode
from registry.lists import PublishedList
from registry.replay import Replay
from registry.trust import Body, IssuerKey, TrustList, manifest_of

CODE = "11310000100000000F"
OPENED, CLOSED, BOUNDARY = 4, 90, 70
KEY = SoftwareSigner.from_seed(Algorithm.ES256, sha256(b"a body's key").digest()).public_key
TOLD = IssuerKey(KEY, CODE, OPENED)


def replayed(*, closed: bool = False) -> Replay:
    """A log in which the key was opened at 4 and, if asked, given up as compromised at 90 with boundary 70."""
    replay = Replay(size=OPENED)
    replay.feed(encode(KeyEntry(1, "enrol", CODE, KEY.thumbprint, None)))
    if closed:
        replay.size = CLOSED
        replay.feed(encode(KeyEntry(2, "compromise", CODE, KEY.thumbprint, BOUNDARY)))
    assert not replay.findings
    return replay


def audited(replay: Replay, told: IssuerKey) -> list[str]:
    trust = TrustList([Body(CODE, "某局", "A Bureau", ("职称",))], [], [told])
    shards = trust.to_shards()
    check_shards(replay, PublishedList("trust", 1, None, 1, 1, 10**9, manifest_of(shards)), shards)
    return [finding.code for finding in replay.findings]


def test_a_list_that_tells_what_happened_is_clean() -> None:
    assert audited(replayed(), TOLD) == []
    lost = replace(TOLD, closed=CLOSED, boundary=BOUNDARY, state="compromised")
    assert audited(replayed(closed=True), lost) == []


def test_a_list_from_before_the_loss_need_not_know_it() -> None:
    assert audited(replayed(closed=True), TOLD) == []


@pytest.mark.parametrize(
    "told",
    [
        replace(TOLD, opened=OPENED - 1),
        replace(TOLD, closed=CLOSED, state="retired"),
        replace(TOLD, closed=CLOSED, boundary=BOUNDARY + 5, state="compromised"),
        replace(TOLD, closed=CLOSED + 5, boundary=BOUNDARY, state="compromised"),
    ],
    ids=["opened earlier", "no loss told", "later boundary", "closed later"],
)
def test_a_list_that_widens_a_window_is_named(told: IssuerKey) -> None:
    assert audited(replayed(closed=True), told) == ["audit.trust_key_differs"]


def test_a_key_that_the_log_never_opened_is_named() -> None:
    assert audited(Replay(), TOLD) == ["audit.trust_key_differs"]
