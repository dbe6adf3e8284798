"""A suspended body or committee may award nothing on those days; what it awarded before and after stands."""

from dataclasses import replace
from datetime import date

import pytest

from credentials.dates import PartialDate
from registry.bodies import read_shard, write_shard
from registry.errors import TrustInvalid
from registry.trust import Suspension, TrustList
from tests.lists.samples import AI, CITY

PAUSE = Suspension("2026-03-01", "2026-05-31", "沪人社监〔2026〕1号")
OPEN = Suspension("2026-10-01", None, "沪人社监〔2026〕2号")


def asked(trust: TrustList, on: str, kind: str = "title") -> str | None:
    day = PartialDate.parse(on)
    (body,) = trust.bodies
    return trust.coverage(
        body, kind, series=AI.series, specialty=AI.specialty, level=AI.level, committee=AI.committee, on=day
    )


BODY = TrustList([replace(CITY, suspended=(PAUSE, OPEN))], [AI], [])
COMMITTEE = TrustList([CITY], [replace(AI, suspended=(PAUSE, OPEN))], [])
DAYS = [
    ("2026-02-28", None), ("2026-03-01", "trust.suspended"), ("2026-05-31", "trust.suspended"), ("2026-06-01", None),
    ("2026-09-30", None), ("2026-10-01", "trust.suspended"), ("2027-06-01", "trust.suspended"),
    ("2027-07-01", "trust.not_in_force"), ("2026-04", "trust.suspended"), ("2026-05", "trust.suspended"), ("2026", None),
]  # fmt: skip


@pytest.mark.parametrize(("on", "code"), DAYS)
@pytest.mark.parametrize("trust", [BODY, COMMITTEE], ids=["body", "committee"])
def test_titles_of_those_days_are_not_covered(trust: TrustList, on: str, code: str | None) -> None:
    assert asked(trust, on) == code


def test_a_suspended_body_awards_no_qualification_either_and_a_committee_is_no_body() -> None:
    assert asked(BODY, "2026-04-01", "qualification") == "trust.suspended"
    assert asked(BODY, "2026-09-01", "qualification") is None
    assert asked(COMMITTEE, "2026-04-01", "qualification") is None


def test_a_committee_that_was_filed_again_counts_by_either_filing() -> None:
    again = replace(AI, filing_no="2026-002", valid_from="2026-04-01", valid_until="2028-12-31")
    trust = TrustList([CITY], [replace(AI, suspended=(PAUSE,)), again], [])
    assert asked(trust, "2026-03-15") == "trust.suspended"
    assert asked(trust, "2026-04-01") is None


def test_new_signing_stops_while_the_suspension_lasts() -> None:
    may, october = date(2026, 5, 31), date(2026, 10, 1)
    for trust in (BODY, COMMITTEE):
        (body,) = trust.bodies
        assert trust.is_suspended(body, AI.committee, may)
        assert trust.is_suspended(body, AI.committee, october)
        assert not trust.is_suspended(body, AI.committee, october.replace(month=9))
    assert not COMMITTEE.is_suspended(CITY, None, may)
    assert not COMMITTEE.is_suspended(CITY, "别的评委会", may)


def test_a_shard_spells_suspensions_only_where_there_are_any() -> None:
    assert b"suspended" not in write_shard([], [CITY], [AI])
    shard = write_shard([], BODY.bodies, COMMITTEE.authorities)
    assert read_shard(shard) == ([], list(BODY.bodies), list(COMMITTEE.authorities))


@pytest.mark.parametrize("member", ["[]", "null", '[{"first":"2026-01-01"}]', '[{"first":"2026-01-01","last":"2025-01-01","document_no":"x"}]',
                                    '[{"first":null,"last":null,"document_no":"x"}]'])  # fmt: skip
def test_other_spellings_of_a_suspension_are_refused(member: str) -> None:
    shard = write_shard([], [CITY], []).decode()
    spoiled = shard.replace('"kinds":', f'"suspended":{member},"kinds":')
    assert spoiled != shard
    with pytest.raises(TrustInvalid):
        read_shard(spoiled.encode())
