"""Keys open and close in the log; lists and roots are recorded in order, signed, and agree with it."""

from dataclasses import replace

import pytest

from keys.algorithms import Algorithm
from keys.errors import RootsRollback
from keys.roots import seal_roots
from registry.entries import KeyEntry, RootsEntry, decode
from registry.errors import ListForked, ListInvalid, ListUnsigned
from registry.lists import PublishedList, seal_list
from registry.refusals import (
    KeyNotActive,
    KeyRowForged,
    KeyTaken,
    KeyUnfit,
    KeyUnknown,
    NotRetrievable,
    ShardsMissing,
    SubmissionForged,
    TrustDiffersFromLog,
    VersionOutOfOrder,
)
from registry.stored import stored_bodies
from tests.registry_rim.rim_house import BODY, OTHER_BODY, House, signer, submission
from web.database import reading


def entry(house: House, index: int):
    with reading(house.engine) as connection:
        return decode(stored_bodies(connection, index, index + 1)[0])


def test_a_key_is_enrolled_once_and_asking_again_is_harmless(house: House) -> None:
    key = signer("body").public_key
    opened = house.recorder.enrol(BODY, key)
    assert entry(house, opened) == KeyEntry(entry(house, opened).t, "enrol", BODY, key.thumbprint, None)
    assert house.recorder.enrol(BODY, key) == opened
    assert house.recorder.head().size == opened + 1
    with pytest.raises(KeyTaken):
        house.recorder.enrol(OTHER_BODY, key)
    with pytest.raises(KeyUnfit):
        house.recorder.enrol(BODY, signer("log", Algorithm.ED25519).public_key)
    with pytest.raises(KeyUnfit):
        house.recorder.enrol("", signer("x").public_key)


def test_two_keys_with_equal_first_eight_bytes_never_stand_side_by_side(house: House) -> None:
    house.enrol("other", OTHER_BODY)
    key = signer("body").public_key
    house.sql("UPDATE issuer_key SET kid8 = ?", key.kid8)
    with pytest.raises(KeyTaken):
        house.recorder.enrol(BODY, key)


def test_rotation_closes_the_old_key_in_the_same_commit(house: House) -> None:
    old, new = signer("body").public_key, signer("body 2").public_key
    house.recorder.enrol(BODY, old)
    opened = house.recorder.enrol(BODY, new, replaces=old.thumbprint)
    first, second = house.recorder.enrolled_keys()
    assert (first.state, first.closed, second.state, second.opened) == ("retired", opened - 1, "active", opened)
    assert [entry(house, opened - 1).action, entry(house, opened).action] == ["retire", "rotate"]
    with pytest.raises(KeyUnfit):
        house.recorder.enrol(OTHER_BODY, signer("body 3").public_key, replaces=new.thumbprint)
    with pytest.raises(KeyNotActive):
        house.recorder.retire(old.thumbprint)
    with pytest.raises(KeyTaken):
        house.recorder.enrol(BODY, old)
    with pytest.raises(KeyUnknown):
        house.recorder.retire(bytes(32))


def test_a_compromise_names_the_last_cosigned_size_before_the_loss(full_house: House) -> None:
    full_house.now = full_house.clock()
    lost_at = full_house.now + 100
    full_house.publish()
    cosigned = full_house.recorder.head().size
    full_house.now += 200
    full_house.issue(5, full_house.key)
    full_house.publish()
    assert full_house.recorder.boundary_before(lost_at) == cosigned
    assert full_house.recorder.boundary_before(lost_at - 10**6) == 0
    closed = full_house.recorder.compromise(full_house.key.public_key.thumbprint, cosigned)
    assert (closed.state, closed.boundary) == ("compromised", cosigned)
    assert entry(full_house, closed.closed).boundary == cosigned
    with pytest.raises(KeyNotActive):
        full_house.issue(1, full_house.key)
    with pytest.raises(KeyNotActive):
        full_house.recorder.compromise(full_house.key.public_key.thumbprint, 1)


def test_a_retired_key_can_turn_out_to_be_lost(house: House) -> None:
    key = house.enrol()
    retired = house.recorder.retire(key.public_key.thumbprint)
    with pytest.raises(KeyUnfit):
        house.recorder.compromise(key.public_key.thumbprint, 10**6)
    lost = house.recorder.compromise(key.public_key.thumbprint, 1)
    assert (lost.state, lost.closed, lost.boundary) == ("compromised", retired.closed, 1)


def test_a_key_written_into_the_table_opens_no_door(house: House) -> None:
    """T60: an insider with SQL enrols his own key. Without a proven entry that opens it nothing can be logged under it."""
    house.enrol()
    thief = signer("thief")
    house.sql(
        "INSERT INTO issuer_key SELECT ?, ?, body_code, ?, 'active', 77, NULL, NULL FROM issuer_key",
        thief.public_key.thumbprint,
        thief.public_key.kid8,
        _jwk(thief),
    )
    run = house.recorder.reserve("batch", 2)[0]
    forged = [submission(thief, 0, run.first)]
    with pytest.raises(Exception, match=r"registry\.(stored_bytes_differ|key_row_forged)"):
        house.recorder.append("batch", forged)
    house.sql("UPDATE issuer_key SET opened = 9999 WHERE opened = 0")
    house.sql("UPDATE issuer_key SET opened = 0 WHERE opened = 77")
    with pytest.raises(KeyRowForged):
        house.recorder.append("batch", forged)


def test_a_public_key_exchanged_under_an_enrolled_id_is_found(house: House) -> None:
    house.enrol()
    thief, run = signer("thief"), house.recorder.reserve("batch", 1)[0]
    house.sql("UPDATE issuer_key SET jwk = ?", _jwk(thief))
    with pytest.raises((KeyRowForged, SubmissionForged)):
        house.recorder.append("batch", [submission(signer("body"), 0, run.first)])


def _jwk(key) -> bytes:
    from keys.jwk import to_jwk
    from keys.strictjson import dumps

    return dumps(to_jwk(key.public_key))


# Lists --------------------------------------------------------------------------------------------------------------


def test_roots_come_first_and_in_order(house: House) -> None:
    with pytest.raises(NotRetrievable):
        house.publish_list("catalogue", {})
    house.publish_roots()
    assert isinstance(entry(house, 0), RootsEntry)
    assert house.recorder.roots().version == 1
    house.now = house.clock() + 50
    other = seal_roots(house.roots(), [signer("custodian-1"), signer("custodian-2")])
    with pytest.raises(RootsRollback):  # version 1 again, with other content
        house.recorder.publish_roots(other)


def test_a_list_needs_both_signatures_the_next_version_and_its_predecessor(house: House) -> None:
    house.publish_roots()
    first = house.publish_list("catalogue", {"a": 1})
    now = house.clock()
    second = PublishedList("catalogue", 2, first.digest, now, now, now + 1000, {"a": 2})
    both = [signer("catalogue-1"), signer("catalogue-2")]
    refused = [
        (seal_list(second, both[:1]), ListUnsigned),
        (seal_list(second, [signer("trust-1"), signer("trust-2")]), ListUnsigned),
        (seal_list(PublishedList("catalogue", 2, bytes(32), now, now, now + 1000, {}), both), ListForked),
        (seal_list(PublishedList("catalogue", 3, first.digest, now, now, now + 1000, {}), both), VersionOutOfOrder),
        (b"nonsense", ListInvalid),
        (seal_list(PublishedList("roots", 1, None, now, now, now + 1000, {}), both), ListInvalid),
        (seal_list(PublishedList("status", 1, None, now, now, now + 1000, {}), both), ListInvalid),
    ]
    for data, error in refused:
        with pytest.raises(error):
            house.recorder.publish_list(data)
    data = seal_list(second, both)
    assert house.recorder.publish_list(data) == house.recorder.publish_list(data)
    assert entry(house, house.recorder.head().size - 1).digest == second.digest


def test_a_trust_list_gives_each_key_the_place_the_log_gives_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.publish_roots()
    key = house.enrol()
    now = house.clock()
    with pytest.raises(ShardsMissing):
        house.recorder.publish_trust_shards(1, {0: b"{}"})
    empty = PublishedList("trust", 1, None, now, now, now + 1000, {"shards": []})
    with pytest.raises(ShardsMissing):
        house.recorder.publish_list(seal_list(empty, [signer("trust-1"), signer("trust-2")]))
    first = house.publish_trust()
    house.recorder.retire(key.public_key.thumbprint)
    second = house.publish_trust(2, first.digest)
    stale = [replace(each, state="active", closed=None) for each in house.recorder.enrolled_keys()]
    monkeypatch.setattr(house.recorder, "enrolled_keys", lambda: stale)  # a publisher who has not looked again
    with pytest.raises(TrustDiffersFromLog):
        house.publish_trust(3, second.digest)
