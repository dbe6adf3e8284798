"""The trust list: whose key, what may be awarded when, and shards that answer alone. Made from the sample committees."""

import csv
import json
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.algorithms import Algorithm
from keys.signer import SoftwareSigner
from registry.errors import EvidenceMissing, RegistryError, TrustInvalid
from registry.trust import Authority, Body, IssuerKey, TrustList, manifest_of

SAMPLES = Path(__file__).parents[2] / "hallmark" / "demo" / "data"

CITY = Body("11310000100000000F", "上海市人力资源和社会保障局", "Shanghai HRSS", ("职称",))
EXAMS = Body("113100003000000006", "上海市职业能力考试院", "Testing Authority", ("职业资格",))
AI = Authority(
    CITY.code, "人工智能高级评委会", "工程技术人才", "人工智能", "副高级", "310000", "2024-001", "2024-07-01", "2027-06-30"
)  # fmt: skip
CHIPS = replace(AI, specialty="集成电路", level="正高级")
AGAIN = replace(AI, valid_from="2028-01-01", valid_until="2028-12-31")
SIGNERS = [SoftwareSigner.from_seed(Algorithm.ES256, bytes([number])) for number in range(3)]
KEYS = [
    IssuerKey(SIGNERS[0].public_key, CITY.code, 5),
    IssuerKey(SIGNERS[1].public_key, CITY.code, 2, 9, state="retired"),
    IssuerKey(SIGNERS[2].public_key, EXAMS.code, 6, 20, 15, "compromised"),
]
TRUST = TrustList([CITY, EXAMS], [AI, CHIPS, AGAIN], KEYS)


@dataclass(frozen=True)
class Day:
    """A date known to the day, month or year, as the credential room has them."""

    text: str

    def first_day(self) -> date:
        return date.fromisoformat((self.text + "-01-01")[:10])

    def last_day(self) -> date:
        ends = {4: "-12-31", 7: "-28", 10: ""}
        return date.fromisoformat(self.text + ends[len(self.text)])


def asked(on: str = "2026-09-16", body: Body = CITY, kind: str = "title", **scope: str) -> str | None:
    terms = {"series": "工程技术人才", "specialty": "人工智能", "level": "副高级", "committee": "人工智能高级评委会"}
    return TRUST.coverage(body, kind, **{**terms, **scope}, on=Day(on))


def test_what_stands_in_the_list_is_covered() -> None:
    assert asked() is None
    assert asked(specialty="集成电路", level="正高级") is None
    assert asked(kind="职称") is None


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ({"committee": "别的评委会"}, "trust.committee_unknown"),
        ({"series": "会计人员"}, "trust.scope_series"),
        ({"specialty": "机械"}, "trust.scope_specialty"),
        ({"level": "正高级"}, "trust.scope_level"),
        ({"kind": "qualification"}, "trust.kind_not_granted"),
        ({"kind": "postdoc"}, "trust.kind_not_granted"),
        ({"kind": "nonsense"}, "trust.kind_not_granted"),
        ({"body": EXAMS}, "trust.kind_not_granted"),
        ({"body": replace(EXAMS, kinds=("职称",))}, "trust.committee_unknown"),
    ],
)
def test_what_does_not_is_refused_with_its_reason(scope: dict[str, Any], code: str) -> None:
    assert asked(**scope) == code


@pytest.mark.parametrize(
    ("on", "code"),
    [
        ("2024-07-01", None), ("2027-06-30", None), ("2024-06-30", "trust.not_in_force"),
        ("2027-07-01", "trust.not_in_force"), ("2024", None), ("2023", "trust.not_in_force"), ("2027-06", None),
        ("2024-06", "trust.not_in_force"), ("2028-05-05", None), ("2029", "trust.not_in_force"),
    ],
)  # fmt: skip
def test_some_day_that_the_date_can_mean_must_be_in_force(on: str, code: str | None) -> None:
    assert asked(on) == code


def test_examinations_need_the_bodys_kind_alone() -> None:
    for kind in ("qualification", "职业资格"):
        assert TRUST.coverage(EXAMS, kind, on=Day("1999")) is None
        assert TRUST.coverage(CITY, kind, on=Day("2026")) == "trust.kind_not_granted"


def test_a_key_leads_to_its_body() -> None:
    assert TRUST.issuer_of(SIGNERS[0].public_key.kid8) == (KEYS[0], CITY)
    assert TRUST.issuer_of(SIGNERS[2].public_key.kid8) == (KEYS[2], EXAMS)
    assert TRUST.issuer_of(bytes(8)) is None


# Shards -------------------------------------------------------------------------------------------------------------


def test_all_shards_together_are_the_list() -> None:
    shards = TRUST.to_shards()
    assert sorted(shards) == list(range(256))
    whole = TrustList.from_manifest(manifest_of(shards), shards)
    assert set(whole.keys) == set(KEYS)
    assert set(whole.bodies) == {CITY, EXAMS}
    assert set(whole.authorities) == {AI, CHIPS, AGAIN}
    assert whole.to_shards() == shards


def test_one_shard_answers_everything_about_its_key_and_says_what_it_does_not_know() -> None:
    shards, kid8 = TRUST.to_shards(), SIGNERS[0].public_key.kid8
    part = TrustList.from_manifest(manifest_of(shards), {kid8[0]: shards[kid8[0]]})
    found = part.issuer_of(kid8)
    assert found == (KEYS[0], CITY)
    assert part.coverage(found[1], "title", series=AI.series, specialty=AI.specialty, level=AI.level,
                         committee=AI.committee, on=Day("2026-09")) is None  # fmt: skip
    assert part.issuer_of(bytes([kid8[0]]) + bytes(7)) is None
    with pytest.raises(EvidenceMissing):
        part.issuer_of(bytes([kid8[0] ^ 1]) + bytes(7))


def test_a_shard_must_be_the_one_the_manifest_names() -> None:
    shards, first = TRUST.to_shards(), SIGNERS[0].public_key.kid8[0]
    manifest = manifest_of(shards)
    with pytest.raises(TrustInvalid):
        TrustList.from_manifest(manifest, {first: shards[first].replace(b'"opened":5', b'"opened":6')})
    with pytest.raises(TrustInvalid):
        TrustList.from_manifest(manifest, {first ^ 1: shards[first]})
    with pytest.raises(TrustInvalid):
        TrustList.from_manifest({"shards": manifest["shards"][:-1]}, {})
    with pytest.raises(TrustInvalid):
        manifest_of({0: b""})


def trusting(first: int, shard: bytes) -> TrustList:
    manifest = manifest_of(TRUST.to_shards())
    manifest["shards"][first] = sha256(shard).hexdigest()
    return TrustList.from_manifest(manifest, {first: shard})


def test_a_key_in_anothers_shard_is_refused_although_signed() -> None:
    first = SIGNERS[0].public_key.kid8[0]
    with pytest.raises(TrustInvalid):
        trusting(first ^ 1, TRUST.to_shards()[first])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_signed_nonsense_raises_only_registry_errors(data: st.DataObject) -> None:
    first = SIGNERS[0].public_key.kid8[0]
    whole = json.loads(TRUST.to_shards()[first])
    table = data.draw(st.sampled_from(["keys", "bodies", "authorities"]))
    row = whole[table][0]
    name = data.draw(st.sampled_from(sorted(row)))
    row[name] = data.draw(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=5)
        | st.lists(st.integers(), max_size=2)
        | st.just({})
    )
    if data.draw(st.booleans()):
        whole[table] = row
    try:
        found = trusting(first, json.dumps(whole).encode())
        found.coverage(found.bodies[0], "title", on=Day("2026"))
    except RegistryError:
        return


@pytest.mark.parametrize("noise", [b"", b"[]", b"{}", b"null", b"\xff", b'{"keys":1,"bodies":[],"authorities":[]}'])
def test_noise_is_no_shard(noise: bytes) -> None:
    with pytest.raises(TrustInvalid):
        trusting(0, noise)


# Contradictions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bodies", "authorities", "keys"),
    [
        ([CITY, CITY], [], []),
        ([CITY, replace(EXAMS, name=CITY.name)], [], []),
        ([EXAMS], [AI], []),
        ([EXAMS], [], [KEYS[0]]),
        ([CITY], [], [KEYS[0], KEYS[0]]),
        ([CITY, EXAMS], [], [KEYS[0], replace(KEYS[0], body_code=EXAMS.code)]),
    ],
    ids=["same code", "same name", "authority without body", "key without body", "key twice", "key of two bodies"],
)
def test_a_list_that_contradicts_itself_is_refused(bodies: Any, authorities: Any, keys: Any) -> None:
    with pytest.raises(TrustInvalid):
        TrustList(bodies, authorities, keys)


@pytest.mark.parametrize(
    "change",
    [
        {"valid_from": "2024-7-1"}, {"valid_from": "20240701"}, {"valid_from": "2024-02-30"}, {"valid_until": ""},
        {"valid_until": "2024-06-30"}, {"level": 3}, {"series": "长" * 201},
    ],
)  # fmt: skip
def test_authorities_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(TrustInvalid):
        replace(AI, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "staged"}, {"state": "retired"}, {"closed": 9}, {"boundary": 3}, {"opened": -1}, {"opened": True},
        {"state": "compromised", "closed": 9}, {"public_key": SoftwareSigner.from_seed(Algorithm.ED25519, b"").public_key},
    ],
)  # fmt: skip
def test_keys_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(TrustInvalid):
        replace(KEYS[0], **change)


def test_bodies_award_known_kinds() -> None:
    with pytest.raises(TrustInvalid):
        replace(CITY, kinds=("学位",))


# The samples --------------------------------------------------------------------------------------------------------


def rows(name: str, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    with (SAMPLES / name).open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def sample_trust() -> TrustList:
    bodies = [
        Body(row["统一社会信用代码"], row["名称"], row["英文名称"], tuple(row["可发证书"].split("、")))
        for row in rows("bodies.csv")
    ]
    code = {body.name: body.code for body in bodies}
    authorities = [
        Authority(code[row["组建单位"]], row["评审委员会"], row["系列"], row["专业"], row["级别"], row["地区代码"],
                  row["备案号"], row["有效期起"], row["有效期止"])
        for row in rows("committees.csv")
    ]  # fmt: skip
    return TrustList(bodies, authorities, [])


def coverage_of(trust: TrustList, row: dict[str, str]) -> str | None:
    body = next(body for body in trust.bodies if body.name == row["发证单位"])
    return trust.coverage(body, "职称", series=row["职称系列"], specialty=row["专业"], level=row["级别"],
                          committee=row["评审委员会"], on=Day("2026-09"))  # fmt: skip


@pytest.mark.parametrize(("name", "encoding"), [("titles.csv", "utf-8-sig"), ("titles_gb18030.csv", "gb18030")])
def test_every_good_title_of_the_samples_is_covered(name: str, encoding: str) -> None:
    trust = sample_trust()
    assert [row["序号"] for row in rows(name, encoding) if coverage_of(trust, row)] == []


def test_the_messy_rows_without_authority_are_refused() -> None:
    trust = sample_trust()
    refused = {row["序号"]: coverage_of(trust, row) for row in rows("titles_messy.csv") if coverage_of(trust, row)}
    assert refused["18"] == "trust.committee_unknown"  # 浦东's committee, the city's certificate
    assert refused["12"] == "trust.scope_series"
    assert set(refused) == {"12", "13", "18"}
