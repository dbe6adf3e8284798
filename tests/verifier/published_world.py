"""A founded house whose clock obeys, a certificate for every event, and its published folder as bytes that can be spoiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from importlib import resources
from pathlib import Path

import pytest

from credentials.envelope import read_document, seal
from credentials.kinds import Kind
from credentials.model import Credential
from credentials.qrtext import to_text
from hallmark.founding import found, publish
from hallmark.house import House
from issuers.changes import Order
from issuers.cli import check_file, effective_at, issue_rows
from keys.roots import Roots
from keys.rotation import Purpose
from keys.signer import Signer
from registry.lists import PublishedList
from registry.trust import IssuerKey, TrustList, manifest_of
from tests.verifier.strange_certificates import (
    BUREAU_NAME,
    DAY,
    EXAMINERS,
    FOUNDED,
    HOST,
    HOUR,
    ISSUED,
    PUDONG,
    Certificate,
    append_strange,
)
from verifier.artifacts import Fetched
from verifier.check import check
from verifier.evidence import Evidence
from verifier.floor import Floor
from verifier.gather import Gatherer
from verifier.policy import ONLINE, Policy
from verifier.verdict import Verdict

SUSPENDED_ON, ENDED_ON = "2026-11-25", "2026-12-05"
EVENTS = ("rescinded", "cancelled", "revoked", "transferred", "superseded", "suspended", "reinstated")
TITLES = ("valid", *EVENTS, "successor", "erased")
DATA = Path(str(resources.files("hallmark.demo").joinpath("data")))

Folder = dict[str, bytes]


class Clock:
    """UNIX seconds that stand still until they are moved."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@dataclass
class InMemory:
    """A published folder in memory, and the paths that were asked for."""

    folder: Mapping[str, bytes]
    asked: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes | None:
        self.asked.append(path)
        return self.folder.get(path)


@dataclass
class World:
    """The house, its certificates by event, and four editions of its published folder.

    `first` was published before Pudong, the examiners and the postdoctoral office had issued anything, `before` when
    nothing had happened yet to what was issued, `folder` after every event, `rotated` after one key had been retired and
    another had been lost. `now` is a minute after `folder`.
    """

    house: House
    clock: Clock
    certificates: dict[str, Certificate]
    first: Folder
    before: Folder
    folder: Folder
    rotated: Folder
    before_at: int
    folder_at: int
    rotated_at: int

    def __getitem__(self, name: str) -> Certificate:
        return self.certificates[name]

    @property
    def now(self) -> int:
        """A minute after the main edition."""
        return self.folder_at + 60

    @cached_property
    def roots(self) -> Roots:
        """The root of trust the house ships."""
        return self.house.trusted_roots()

    def signer(self, name: str) -> Signer:
        """One of the house's keys, by its name."""
        return self.house.keystore.signer(name)

    def evidence(self, folder: Mapping[str, bytes] | None = None, *, floor: Floor | None = None) -> Evidence:
        """A whole folder as evidence."""
        held = {
            path: Fetched(data, self.folder_at) for path, data in (self.folder if folder is None else folder).items()
        }
        return Evidence(self.roots, held, floor=floor)

    def ask(
        self,
        text: str,
        folder: Mapping[str, bytes] | None = None,
        *,
        now: int | None = None,
        as_of: int | None = None,
        policy: Policy = ONLINE,
        roots: Roots | None = None,
        floor_file: Path | None = None,
    ) -> Verdict:
        """The verdict on `text` with what `folder` holds (the main edition if none is named), gathered as in life."""
        moment = self.now if now is None else now
        source = InMemory(self.folder if folder is None else folder)
        gatherer = Gatherer(source, roots or self.roots, lambda: moment, floor_file=floor_file)
        return check(text, gatherer.evidence_for(text), policy, now=moment, as_of=as_of)

    def sealed(self, credential: Credential, signer: Signer) -> str:
        """The QR text of any credential under any key."""
        return to_text(HOST, seal(credential, signer, registry_url=self.house.settings.registry_url).token)

    def like(self, name: str, **facts: object) -> Credential:
        """A certificate's facts with some of them changed."""
        return replace(self[name].credential, **facts)  # type: ignore[arg-type]  # facts by name


def findings(verdict: Verdict) -> dict[str, str]:
    """Outcome by code of everything that a verdict found."""
    return {finding.code: finding.outcome.value for finding in verdict.findings}


def told(verdict: Verdict) -> tuple[str, str | None, int]:
    """The answer in three words: result, reason and exit status."""
    return verdict.result.value, verdict.reason, verdict.exit_status


def folder_of(house: House) -> Folder:
    """The published folder, read into memory."""
    public = house.settings.public
    files = (file for file in public.rglob("*") if file.is_file() and ".publishing" not in file.parts)
    return {file.relative_to(public).as_posix(): file.read_bytes() for file in files}


def make_world(home: Path) -> World:
    """Found the house in `home`, issue, change, publish, and take two keys away."""
    clock = Clock(FOUNDED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hallmark.founding.House", partial(House, clock=clock))
        house = found(home, host=HOST, test=True, bodies=DATA / "bodies.csv", committees=DATA / "committees.csv")
    clock.now = ISSUED
    certificates = _issue_titles(house)
    first = folder_of(house)
    certificates |= _issue_others(house)
    certificates |= append_strange(house)
    house.publish()
    before, before_at = folder_of(house), clock.now
    _change_all(house, clock, certificates)
    clock.now += DAY
    house.publish()
    folder, folder_at = folder_of(house), clock.now
    clock.now += DAY
    _take_keys_away(house, certificates["second"].log_index)
    return World(house, clock, certificates, first, before, folder, folder_of(house), before_at, folder_at, clock.now)


def _issue_titles(house: House) -> dict[str, Certificate]:
    return dict(zip(TITLES, _issue(house, "titles", BUREAU_NAME, len(TITLES)), strict=True))


def _issue_others(house: House) -> dict[str, Certificate]:
    pudong = _issue(house, "titles", "上海市浦东新区人力资源和社会保障局", 3)
    (qualification,) = _issue(house, "qualifications", "上海市职业能力考试院", 1)
    (postdoc,) = _issue(house, "postdocs", "上海市博士后工作办公室", 1)
    named = dict(zip(("first", "second", "third"), pudong, strict=True))
    return named | {"qualification": qualification, "postdoc": postdoc}


def _issue(house: House, name: str, issuer: str, count: int) -> list[Certificate]:
    """Issue the first `count` rows of one issuer in a sample file, through the import and the desk."""
    heading, *lines = (DATA / f"{name}.csv").read_text("utf-8").splitlines()
    chosen = [line for line in lines if f",{issuer}" in line][:count]
    file = house.settings.home / f"{name}-{count}.csv"
    file.write_text("\n".join([heading, *chosen]) + "\n", "utf-8")
    known = {record.number for record in house.ledger.records()}
    kind = Kind(name.removesuffix("s"))
    issue_rows(house, check_file(house, file, kind), kind, file.name)
    fresh = [record.number for record in house.ledger.records() if record.number not in known]
    assert len(fresh) == count
    return [_certificate(house, number) for number in fresh]


def _certificate(house: House, number: str) -> Certificate:
    record, (token, document) = house.ledger.record(number), house.ledger.sealed_bytes(number)
    return Certificate(number, token, document, read_document(document).credential, record.log_index, record.body_code)


def _change_all(house: House, clock: Clock, certificates: dict[str, Certificate]) -> None:
    """Suspend two on one day; ten days later reinstate one of them and end the others; then erase why one was ended."""

    def change(name: str, event: str, day: str, successor: str | None = None) -> int:
        order = Order(event, effective_at(day, clock()), BUREAU_NAME, successor=successor)
        return house.status_desk.change([certificates[name].number], order).indices[0]

    clock.now = effective_at(SUSPENDED_ON, clock() + 30 * DAY) + 10 * HOUR
    for name in ("suspended", "reinstated"):
        change(name, "suspended", SUSPENDED_ON)
    clock.now = effective_at(ENDED_ON, clock() + 30 * DAY) + 10 * HOUR
    for name in ("rescinded", "cancelled", "revoked", "transferred"):
        change(name, name, ENDED_ON)
    change("superseded", "superseded", ENDED_ON, certificates["successor"].number)
    change("reinstated", "reinstated", ENDED_ON)
    house.recorder.erase_detail(change("erased", "revoked", ENDED_ON))


def _take_keys_away(house: House, boundary: int) -> None:
    """The examiners' key retires; Pudong's key was lost, and only what stands below `boundary` stands."""
    house.recorder.retire(house.signer_of(EXAMINERS).public_key.thumbprint)
    house.recorder.compromise(house.signer_of(PUDONG).public_key.thumbprint, boundary)
    rows = house.recorder.enrolled_keys()
    keys = [IssuerKey(k.public_key, k.body_code, k.opened, k.closed, k.boundary, k.state) for k in rows]
    shards = TrustList(house.trust.bodies, house.trust.authorities, keys).to_shards()
    house.recorder.publish_trust_shards(2, shards)
    now, first = house.clock(), house.published_list("trust", Purpose.TRUST)
    publish(house, PublishedList("trust", 2, first.digest, now, now, now + 365 * DAY, manifest_of(shards)), "trust")
    house.publish()
