"""The small registry of the worked examples: keys that anybody can compute, one certificate, seven log entries.

Every private key is SHA-256 of a public sentence. Only the ML-DSA-44 signature is random, by design.
"""

from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa

from credentials.dates import PartialDate
from credentials.envelope import seal
from credentials.model import Credential, Holder, StatusRef, Title
from keys.roots import KeySet, LogIdentity, Roots, Witness, roots_digest, seal_roots
from keys.rotation import Purpose
from keys.signer import SoftwareSigner
from registry.checkpoint import Checkpoint, cosign, sign
from registry.entries import CredentialEntry, KeyEntry, ListEntry, RootsEntry, StatusEntry, encode
from registry.events import Detail, EventRecord, commitment, encode_events, events_root, seal_detail
from registry.lists import PublishedList
from registry.merkle import leaf_hash, root_of
from registry.statuslist import StatusArray
from registry.trust import Authority, Body, IssuerKey, TrustList, manifest_of

T = 1_790_000_000  # 2026-09-21 14:13:20 UTC
DAY = 86_400
HOST, REGISTRY_URL, ORIGIN, WITNESS = (
    "hallmark.example",
    "https://hallmark.example/registry",
    "hallmark.example/registry",
    "witness",
)
BODY = Body(
    "11310000100000000F",
    "上海市人力资源和社会保障局",
    "Shanghai Municipal Human Resources and Social Security Bureau",
    ("职称",),
)
COMMITTEE = "上海市工程系列人工智能专业高级职称评审委员会"


def signer(name: str) -> SoftwareSigner:
    """The example key of this name: its secret is SHA-256 of "hallmark example " and the name."""
    secret = sha256(f"hallmark example {name}".encode()).digest()
    if name == "log ml-dsa-44":
        return SoftwareSigner(mldsa.MLDSA44PrivateKey.from_seed_bytes(secret))
    if name in {"log ed25519", "witness"}:
        return SoftwareSigner(ed25519.Ed25519PrivateKey.from_private_bytes(secret))
    return SoftwareSigner(ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1()))


def standard_sample() -> Credential:
    """The standard sample, by which the size of the QR code is judged."""
    return Credential(
        id=UUID("c0ffee00-1234-4abc-8def-0123456789ab"),
        number="64S36D1N6RVMK",
        holder=Holder("欧阳建国", "居民身份证", "0019"),
        award=Title("高级工程师", "工程技术人才", "人工智能", "副高级", "评审", COMMITTEE),
        issuer=BODY.name,
        issuer_code=BODY.code,
        awarded_on=PartialDate(2026, 9, 16),
        status=StatusRef(0, 4097),
        issued_at=T,
    )


def roots() -> Roots:
    """The example roots document."""
    return Roots(
        version=1,
        issued=T - DAY,
        expires=T + 730 * DAY,
        test=True,
        hosts=(HOST,),
        log=LogIdentity(ORIGIN, signer("log ed25519").public_key, signer("log ml-dsa-44").public_key),
        witnesses=(Witness(WITNESS, signer("witness").public_key),),
        witness_threshold=1,
        custodians=_keys("custodian-1", "custodian-2", threshold=2),
        purposes={
            Purpose.TRUST: _keys("trust-1", "trust-2", threshold=2),
            Purpose.STATUS: _keys("status"),
            Purpose.CATALOGUE: _keys("catalogue-1", "catalogue-2", threshold=2),
            Purpose.RECEIPT: _keys("receipt"),
            Purpose.BUNDLE: _keys("bundle"),
        },
    )


def _keys(*names: str, threshold: int = 1) -> KeySet:
    return KeySet(tuple(signer(name).public_key for name in names), threshold)


class World:
    """The small registry of the examples: seven log entries about one certificate, which is suspended in the end."""

    def __init__(self) -> None:
        self.issuer = signer("issuer")
        self.credential = standard_sample()
        self.sealed = seal(self.credential, self.issuer, registry_url=REGISTRY_URL)
        self.roots = roots()
        self.sealed_roots = seal_roots(self.roots, [signer("custodian-1"), signer("custodian-2")])
        key = IssuerKey(self.issuer.public_key, BODY.code, opened=1)
        authority = Authority(
            BODY.code,
            COMMITTEE,
            "工程技术人才",
            "人工智能",
            "副高级",
            "310000",
            "沪职评备2024-001",
            "2024-07-01",
            "2027-06-30",
        )
        self.shards = TrustList((BODY,), (authority,), (key,)).to_shards()
        self.trust = PublishedList("trust", 1, None, T - 90, T - 90, T + 365 * DAY, manifest_of(self.shards))
        self.salt = bytes(range(16))
        self.effective_at = T + DAY
        detail = Detail("suspended", "under_inquiry", BODY.name, "沪人社〔2026〕1号")
        slot = self.credential.status
        self.detail = seal_detail(
            detail, list_no=slot.list, index=slot.index, effective_at=self.effective_at, signer=self.issuer
        )
        self.array = StatusArray.fresh()
        self.entries = self._entries()
        self.bodies = [encode(entry) for entry in self.entries]
        self.leaves = [leaf_hash(body) for body in self.bodies]
        self.root = root_of(self.leaves)
        self.checkpoint = Checkpoint(ORIGIN, len(self.bodies), self.root)
        self.cosigned_at = T + DAY + 2
        note = sign(self.checkpoint, signer("log ed25519"), signer("log ml-dsa-44"), T + DAY + 1)
        self.note = cosign(note, WITNESS, signer("witness"), self.cosigned_at)

    def _entries(self) -> list[Any]:
        slot, sealed = self.credential.status, self.sealed
        first = [
            RootsEntry(T - 100, 1, roots_digest(self.sealed_roots)),
            KeyEntry(T - 95, "enrol", BODY.code, self.issuer.public_key.thumbprint, None),
            ListEntry(T - 90, "trust", 1, self.trust.digest, b""),
            CredentialEntry(T, sealed.kid8, slot.list, slot.index, sealed.qr_digest, sealed.document_digest),
        ]
        self.array.set(slot.index, 0)
        first.append(ListEntry(T, "status/0", 1, self.array.digest, events_root({})))
        self.array.set(slot.index, 2)
        change = StatusEntry(
            T + DAY, slot.list, slot.index, 0, 2, self.effective_at, commitment(self.salt, self.detail)
        )
        self.record = EventRecord(5, encode(change), self.salt, self.detail)
        self.event_file = encode_events([self.record])
        self.events_root = events_root({1: self.event_file})
        return [*first, change, ListEntry(T + DAY, "status/0", 2, self.array.digest, self.events_root)]

    def read_tile(self, _level: int, _n: int, width: int) -> bytes:
        """The one tile of the example log."""
        return b"".join(self.leaves[:width])
