"""A small registry with real keys, files and signatures, which the tests of the rim share."""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine

from keys.algorithms import Algorithm
from keys.roots import KeySet, Roots, seal_roots
from keys.roots import Witness as WitnessKey
from keys.rotation import Purpose
from keys.signer import SoftwareSigner
from registry.contract import Appended, StatusChange, Submission
from registry.events import EVENTS, Detail, seal_detail
from registry.lists import PublishedList, seal_list
from registry.log import Log
from registry.publish import Publication, publish
from registry.recorder import Recorder
from registry.trust import Authority, Body, IssuerKey, TrustList, manifest_of
from registry.watermark import Watermark
from registry.witnesses.cosigner import Witness
from registry.witnesses.known import KnownLog
from tests.stores.kinds import Kind, Sqlite, execute
from web.database import open_engine

ORIGIN = "log.hallmark.example/2026"
URL = "https://registry.hallmark.example"
BODY = "12310000425006790X"
OTHER_BODY = "11110000000013338W"


def signer(name: str, algorithm: Algorithm = Algorithm.ES256) -> SoftwareSigner:
    """The same key for the same name."""
    return SoftwareSigner.from_seed(algorithm, name.encode())


def new_log(folder: Path, engine: Engine, clock: Callable[[], int]) -> Log:
    return Log(
        engine,
        origin=ORIGIN,
        ed25519=signer("log", Algorithm.ED25519),
        ml_dsa_44=signer("log", Algorithm.ML_DSA_44),
        clock=clock,
        watermark=Watermark(folder / "watermark"),
    )


@dataclass
class House:
    """One registry in a folder, on the store that `kind` is. `now` is its clock; None means the wall's.

    With a `url` it is opened as it stands there.
    """

    folder: Path
    now: int | None = None
    kind: Kind = field(default_factory=Sqlite, repr=False)
    url: str | None = None
    engine: Engine = field(init=False, repr=False)
    log: Log = field(init=False, repr=False)
    recorder: Recorder = field(init=False, repr=False)
    key: SoftwareSigner = field(init=False, repr=False)
    submissions: list[Submission] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.url = self.url or self.kind.fresh(self.folder)
        self.open()
        self.log.found()

    def copied_to(self, folder: Path) -> "House":
        """The same registry, untouched, in another folder."""
        shutil.copy(self.folder / "watermark", folder / "watermark")
        made = House(folder, kind=self.kind, url=self.kind.copy(self.url, folder))
        made.key, made.submissions = self.key, self.submissions
        return made

    def open(self) -> None:
        self.engine = open_engine(self.url)
        self.log = new_log(self.folder, self.engine, self.clock)
        self.recorder = Recorder(self.log, operators=KeySet((signer("status").public_key,), 1))

    def clock(self) -> int:
        return int(time.time()) if self.now is None else self.now  # noqa: TID251 - the tests' rim has a clock too

    def enrol(self, name: str = "body", code: str = BODY) -> SoftwareSigner:
        key = signer(name)
        self.recorder.enrol(code, key.public_key)
        return key

    def issue(
        self, count: int, key: SoftwareSigner, batch: str | None = None
    ) -> tuple[str, list[Submission], Appended]:
        batch = batch or os.urandom(8).hex()
        submissions = self.sealed(batch, count, key)
        return batch, submissions, self.recorder.append(batch, submissions)

    def sealed(self, batch: str, count: int, key: SoftwareSigner) -> list[Submission]:
        slots = [(run.list, run.first + at) for run in self.recorder.reserve(batch, count) for at in range(run.count)]
        return [submission(key, list_no, index) for list_no, index in slots]

    def roots(self) -> Roots:
        def keys(*names: str, threshold: int = 1) -> KeySet:
            return KeySet(tuple(signer(name).public_key for name in names), threshold)

        return Roots(
            version=1,
            issued=self.clock() - 10,
            expires=self.clock() + 10**8,
            test=True,
            hosts=("hallmark.example",),
            log=self.log.identity,
            witnesses=(WitnessKey("witness.example/w1", signer("witness", Algorithm.ED25519).public_key),),
            witness_threshold=1,
            custodians=keys("custodian-1", "custodian-2", threshold=2),
            purposes={
                Purpose.TRUST: keys("trust-1", "trust-2", threshold=2),
                Purpose.STATUS: keys("status"),
                Purpose.CATALOGUE: keys("catalogue-1", "catalogue-2", threshold=2),
                Purpose.RECEIPT: keys("receipt"),
                Purpose.BUNDLE: keys("bundle"),
            },
        )

    def publish_roots(self) -> None:
        self.recorder.publish_roots(seal_roots(self.roots(), [signer("custodian-1"), signer("custodian-2")]))

    def publish_trust(self, version: int = 1, prev: bytes | None = None) -> PublishedList:
        keys = [
            IssuerKey(key.public_key, key.body_code, key.opened, key.closed, key.boundary, key.state)
            for key in self.recorder.enrolled_keys()
        ]
        codes = sorted({key.body_code for key in keys})
        bodies = [Body(code, f"某单位{code}", f"Body {code}", ("职称",)) for code in codes]
        authorities = [
            Authority(
                code,
                f"评审委员会{code}",
                "工程技术人才",
                "人工智能",
                "副高级",
                "310000",
                "沪1",
                "2020-01-01",
                "2030-12-31",
            )
            for code in codes
        ]
        shards = TrustList(bodies, authorities, keys).to_shards()
        self.recorder.publish_trust_shards(version, shards)
        return self.publish_list("trust", manifest_of(shards), version, prev)

    def publish_list(self, name: str, content: dict, version: int = 1, prev: bytes | None = None) -> PublishedList:
        now = self.clock()
        published = PublishedList(name, version, prev, now, now, now + 10**7, content)
        purpose = "trust" if name == "trust" else "catalogue"
        data = seal_list(published, [signer(f"{purpose}-1"), signer(f"{purpose}-2")])
        self.recorder.publish_list(data)
        return published

    def furnished(self) -> "House":
        """Roots, trust list, catalogue, 300 certificates in two batches, one suspended, one superseded, one ended."""
        self.key = self.enrol()
        self.publish_roots()
        self.publish_trust()
        self.publish_list("catalogue", {"series": ["工程技术人才"]})
        _, first, _ = self.issue(120, self.key, "first")
        _, second, _ = self.issue(180, self.key, "second")
        self.submissions = first + second
        now = self.clock()
        self.recorder.change_statuses("mixed", [
            change(self.key, self.submissions[3], "suspended", now),
            change(self.key, self.submissions[4], "superseded", now, "NEW-NUMBER"),
            change(self.key, self.submissions[5], "revoked", now),
        ])  # fmt: skip
        return self

    def publish(self, witness: Witness | None = None) -> Publication:
        return publish(
            self.log,
            self.public,
            status_signer=signer("status"),
            witnesses=[witness or self.witness()],
            registry_url=URL,
        )

    @property
    def public(self) -> Path:
        return self.folder / "public"

    def sql(self, statement: str, *values: object) -> None:
        """What an insider with the database can do; something must have been touched."""
        assert execute(self.url, statement, *values) != 0

    def witness(self, state: str = "witness.json", name: str = "witness.example/w1") -> Witness:
        key = signer("witness", Algorithm.ED25519)
        return Witness(name, [key], KnownLog.of(self.log.identity), self.folder / state, self.clock)


def submission(key: SoftwareSigner, list_no: int, index: int) -> Submission:
    """A sealed certificate as the registry sees it: the messages are random, the signatures real."""
    qr, document = os.urandom(40), os.urandom(40)
    return Submission(
        key.public_key.kid8,
        list_no,
        index,
        sha256(qr).digest(),
        key.sign(qr),
        sha256(document).digest(),
        key.sign(document),
    )


def change(
    key: SoftwareSigner, submission: Submission, event: str, effective_at: int, successor: str | None = None
) -> StatusChange:
    """A status change as the body seals it."""
    detail = Detail(event, "reason", "某人力资源和社会保障局", "沪人社〔2026〕1号", successor)
    sealed = seal_detail(detail, list_no=submission.list, index=submission.index, effective_at=effective_at, signer=key)
    new = EVENTS[event].status
    return StatusChange(submission.list, submission.index, new, effective_at, os.urandom(16), sealed)


def changes(key: SoftwareSigner, submissions: Sequence[Submission], event: str, at: int) -> list[StatusChange]:
    return [change(key, each, event, at) for each in submissions]
