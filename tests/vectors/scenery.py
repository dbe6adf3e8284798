"""A small registry that is the same on every machine: public keys, five bodies, a log, and a certificate for every case.

Built from the pure rooms alone. Every private key is that of tests/docs/example_world, SHA-256 of a public sentence. The
log's ML-DSA-44 signature is left out: it is random by design, and browsers do without it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from uuid import UUID

from credentials.dates import PartialDate
from credentials.envelope import Sealed, seal
from credentials.identifiers import LicenceIdentifier, new_number
from credentials.model import Credential, Holder, Postdoc, Qualification, StatusRef, Title
from credentials.qrtext import to_text
from keys.roots import KeySet, LogIdentity, Roots, Witness, roots_digest, seal_roots
from keys.rotation import KeyState, Purpose
from keys.signer import SoftwareSigner
from registry import tiles
from registry.bodies import Suspension
from registry.checkpoint import Checkpoint, cosign
from registry.entries import CredentialEntry, Entry, KeyEntry, ListEntry, RootsEntry, StatusEntry, encode
from registry.events import Detail, EventRecord, commitment, encode_events, events_root, seal_detail
from registry.hints import encode_hints
from registry.lists import PublishedList, seal_list
from registry.merkle import leaf_hash
from registry.note import ED25519, NoteKey, SignatureLine
from registry.receipt import Receipt
from registry.statuslist import StatusArray, sign_status_list
from registry.trust import Authority, Body, IssuerKey, TrustList, manifest_of
from tests.docs.example_world import signer

HOUR, DAY = 3_600, 86_400
ISSUED = 1_790_000_000  # 2026-09-21 22:13:20 in China
CHANGED = ISSUED + 10 * DAY
NOW = ISSUED + 30 * DAY
HOST, ORIGIN, URL = "hallmark.example", "hallmark.example/registry", "https://hallmark.example/registry"
BUREAU, PUDONG, HOSPITAL = "11310000100000000F", "11310000200000000T", "12310000500000000R"
EXAMINERS, POSTDOCS = "113100003000000006", "11310000400000000H"
COMMITTEE = "上海市工程系列人工智能专业高级职称评审委员会"
OTHER_COMMITTEE = "上海市会计系列高级职称评审委员会"
NAMES = {
    BUREAU: "上海市人力资源和社会保障局",
    PUDONG: "上海市浦东新区人力资源和社会保障局",
    HOSPITAL: "上海市样本医院",
    EXAMINERS: "上海市职业能力考试院",
    POSTDOCS: "上海市博士后工作办公室",
}
KINDS = {EXAMINERS: ("职业资格",), POSTDOCS: ("博士后",)}
TITLE = Title("高级工程师", "工程技术人才", "人工智能", "副高级", "评审", COMMITTEE)
QUALIFICATION = Qualification("一级建造师", "建筑工程", None, "准入类", "全国统一考试", "20260831031000000017")
POSTDOC = Postdoc(
    "上海市样本大学", "博士后创新实践基地", "计算机科学与技术", "上海样本科技有限公司",
    PartialDate(2024, 7), PartialDate(2026, 7, 1), "310415",
)  # fmt: skip

Folder = dict[str, bytes]


def seeded(name: str) -> bytes:
    """32 bytes that look random and are the same everywhere."""
    return sha256(f"hallmark vector {name}".encode()).digest()


def roots(version: int = 1, **changes: object) -> Roots:
    """The roots document of the vectors."""

    def keys(*names: str, threshold: int = 1) -> KeySet:
        return KeySet(tuple(signer(name).public_key for name in names), threshold)

    plain = Roots(
        version=version,
        issued=ISSUED - 100 * DAY,
        expires=ISSUED + 730 * DAY,
        test=True,
        hosts=(HOST,),
        log=LogIdentity(ORIGIN, signer("log ed25519").public_key, signer("log ml-dsa-44").public_key),
        witnesses=(Witness("witness", signer("witness").public_key),),
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
    return replace(plain, **changes)  # type: ignore[arg-type]  # parts by name


def sealed_roots(document: Roots, *custodians: str) -> bytes:
    """The document, signed by its custodians."""
    return seal_roots(document, [signer(name) for name in custodians or ("custodian-1", "custodian-2")])


@dataclass(frozen=True)
class Certificate:
    """One certificate in both forms, and whose key sealed it."""

    credential: Credential
    sealed: Sealed
    body: str

    @property
    def text(self) -> str:
        return to_text(HOST, self.sealed.token)

    @property
    def document(self) -> str:
        return self.sealed.document

    def entry(self, t: int) -> CredentialEntry:
        slot, sealed = self.credential.status, self.sealed
        return CredentialEntry(t, sealed.kid8, slot.list, slot.index, sealed.qr_digest, sealed.document_digest)


KEY_OF = {
    BUREAU: "issuer",
    PUDONG: "issuer retired",
    HOSPITAL: "issuer lost",
    EXAMINERS: "examiners",
    POSTDOCS: "postdocs",
}


def credential(name: str, slot: int, body: str = BUREAU, **facts: object) -> Credential:
    """A flawless title of a body under this name, with some facts changed."""
    random = bytearray(seeded(name)[:16])
    random[6], random[8] = 0x40 | random[6] & 0x0F, 0x80 | random[8] & 0x3F
    plain = Credential(
        id=UUID(bytes=bytes(random)),
        number=new_number(seeded(f"number {name}")),
        holder=Holder("欧阳建国", "居民身份证", "0019"),
        award=TITLE,
        issuer=NAMES[body],
        issuer_code=body,
        awarded_on=PartialDate.parse("2026-09-16"),
        status=StatusRef(0, slot),
        issued_at=ISSUED,
    )
    made = replace(plain, **{name: fact for name, fact in facts.items() if name != "identifier"})  # type: ignore[arg-type]  # facts by name
    return replace(made, identifier=_identifier(made, str(facts["identifier"]))) if "identifier" in facts else made


def _identifier(made: Credential, kind: str) -> str:
    """The GB/T 36904 identifier of a certificate, from the root and the type code."""
    return str(LicenceIdentifier(kind.rpartition(".")[2], made.issuer_code or "", made.number, 1))


def sealed(fact: Credential, body: str = BUREAU, *, key: SoftwareSigner | None = None) -> Certificate:
    return Certificate(fact, seal(fact, key or signer(KEY_OF[body]), registry_url=URL), body)


EVENTS = (
    "suspended",
    "rescinded",
    "cancelled",
    "revoked",
    "transferred",
    "superseded",
    "reinstated",
    "erased",
    "suspended and erased",
)
PLAIN: Mapping[str, tuple[str, dict[str, object]]] = {
    "valid": (BUREAU, {}),
    "qualification": (EXAMINERS, {"award": QUALIFICATION}),
    "postdoc": (POSTDOCS, {"award": POSTDOC}),
    "rare name": (BUREAU, {"holder": Holder("张𬱖䶮㼆", "居民身份证", "002X")}),
    "foreign name": (BUREAU, {"holder": Holder("Maria Fernández-Ortega", "护照", "7731")}),
    "minority name": (BUREAU, {"holder": Holder("买买提·吐尔逊")}),
    "approval number": (BUREAU, {"award": replace(TITLE, approval_no="沪人社专〔2026〕88号")}),
    "identifier": (BUREAU, {"identifier": "1.2.156.3005.2.11100000000000002Q001"}),
    "successor": (BUREAU, {}),
    "expiring": (BUREAU, {"expires_at": ISSUED + 60 * DAY}),
    "not yet awarded": (BUREAU, {"awarded_on": PartialDate.parse("2026-12-31")}),
    "backdated a day": (BUREAU, {"issued_at": ISSUED - DAY}),
    "backdated more": (BUREAU, {"issued_at": ISSUED - DAY - 1}),
    "other name": (BUREAU, {"issuer": "上海市人社局"}),
    "other code": (BUREAU, {"issuer_code": PUDONG}),
    "kind": (EXAMINERS, {}),
    "committee": (PUDONG, {"award": replace(TITLE, committee="上海市浦东新区没有备案的评审委员会")}),
    "series": (BUREAU, {"award": replace(TITLE, series="会计人员")}),
    "specialty": (BUREAU, {"award": replace(TITLE, specialty="会计")}),
    "level": (BUREAU, {"award": replace(TITLE, level="正高级")}),
    "too early": (BUREAU, {"awarded_on": PartialDate.parse("2024-06")}),
    "perhaps too early": (BUREAU, {"awarded_on": PartialDate.parse("2024")}),
    "while the committee was suspended": (BUREAU, {"award": replace(TITLE, committee=OTHER_COMMITTEE), "awarded_on": PartialDate.parse("2026-03-15")}),
    "perhaps while it was suspended": (BUREAU, {"award": replace(TITLE, committee=OTHER_COMMITTEE), "awarded_on": PartialDate.parse("2026")}),
    "retired key before": (PUDONG, {}),
    "lost key below": (HOSPITAL, {}),
    **{name: (BUREAU, {}) for name in EVENTS},
}  # fmt: skip
LATE: Mapping[str, tuple[str, dict[str, object]]] = {
    "retired key after": (PUDONG, {}),
    "lost key above": (HOSPITAL, {}),
}


@dataclass
class Scenery:
    """The registry of the vectors after everything has happened; `filler` entries stand before all certificates."""

    filler: int = 0
    certificates: dict[str, Certificate] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    array: StatusArray = field(default_factory=StatusArray.fresh)
    records: list[EventRecord] = field(default_factory=list)
    boundary: int = 0

    def __post_init__(self) -> None:
        self.roots = roots()
        self.sealed_roots = sealed_roots(self.roots)
        self.entries.append(RootsEntry(ISSUED - 50 * DAY, 1, roots_digest(self.sealed_roots)))
        for body in NAMES:
            self._key_entry("enrol", body, None)
        self.entries.extend(self._fill(number) for number in range(self.filler))
        slots = iter(range(4_090, 8_000))
        for name, (body, facts) in PLAIN.items():
            self._issue(name, next(slots), body, facts)
        self.boundary = len(self.entries)
        retired, lost = self._key_entry("retire", PUDONG, None), self._key_entry("compromise", HOSPITAL, self.boundary)
        for name, (body, facts) in LATE.items():
            self._issue(name, next(slots), body, facts)
        self._change_all()
        self.trust = self._trust_list(retired, lost)
        self.shards = self.trust.to_shards()
        self.listed = PublishedList(
            "trust", 1, None, ISSUED - 40 * DAY, ISSUED - 40 * DAY, ISSUED + 365 * DAY, manifest_of(self.shards)
        )
        self.places["trust"] = self._append(ListEntry(CHANGED, "trust", 1, self.listed.digest, b""))
        self.event_files = self._event_files()
        self.root_of_events = events_root(self.event_files)
        self.places["status"] = self._append(ListEntry(CHANGED, "status/0", 1, self.array.digest, self.root_of_events))
        self.bodies = [encode(entry) for entry in self.entries]
        self.growth = tiles.grow(0, {}, [leaf_hash(body) for body in self.bodies])

    def _append(self, entry: Entry) -> int:
        self.entries.append(entry)
        return len(self.entries) - 1

    def _key_entry(self, action: str, body: str, boundary: int | None) -> int:
        thumbprint = signer(KEY_OF[body]).public_key.thumbprint
        at = self._append(
            KeyEntry(ISSUED - 45 * DAY if action == "enrol" else CHANGED, action, body, thumbprint, boundary)
        )
        return self.places.setdefault(f"{action} {body}", at)

    def _fill(self, number: int) -> CredentialEntry:
        digest = seeded(f"filler {number}")
        return CredentialEntry(
            ISSUED - 30 * DAY, signer("issuer").public_key.kid8, 1, number % (1 << 17), digest, digest
        )

    def _issue(self, name: str, slot: int, body: str, facts: dict[str, object]) -> None:
        made = self.certificates[name] = sealed(credential(name, slot, body, **facts), body)
        self.places[name] = self._append(made.entry(ISSUED))
        self.array.set(slot, 0)

    def _change_all(self) -> None:
        successor = self.certificates["successor"].credential.number
        for name in ("suspended", "reinstated", "suspended and erased"):
            self._change(name, "suspended", CHANGED)
        for name in ("rescinded", "cancelled", "revoked", "transferred"):
            self._change(name, name, CHANGED)
        self._change("superseded", "superseded", CHANGED, successor=successor)
        self._change("erased", "revoked", CHANGED, erased=True)
        self._change("reinstated", "reinstated", CHANGED + 5 * DAY)
        self._change("suspended and erased", "cancelled", CHANGED + 5 * DAY, erased=True)

    def _change(self, name: str, event: str, at: int, *, successor: str | None = None, erased: bool = False) -> None:
        from registry.events import EVENTS as MEANT

        slot, old, new = (
            self.certificates[name].credential.status,
            self.array.get(self._slot(name)),
            MEANT[event].status,
        )
        detail = seal_detail(
            Detail(event, "decision", NAMES[BUREAU], "沪人社〔2026〕1号", successor),
            list_no=0, index=slot.index, effective_at=at, signer=signer("issuer"),
        )  # fmt: skip
        salt = seeded(f"salt {name} {event}")[:16]
        change = StatusEntry(at, slot.list, slot.index, old, new, at, commitment(salt, detail))
        place = self._append(change)
        kept = (None, None) if erased else (salt, detail)
        self.records.append(EventRecord(place, encode(change), *kept))
        self.array.set(slot.index, new)

    def _slot(self, name: str) -> int:
        return self.certificates[name].credential.status.index

    def _trust_list(self, retired: int, lost: int) -> TrustList:
        ends = {PUDONG: (retired, None, KeyState.RETIRED), HOSPITAL: (lost, self.boundary, KeyState.COMPROMISED)}
        keys = []
        for body, name in KEY_OF.items():
            closed, boundary, state = ends.get(body, (None, None, KeyState.ACTIVE))
            keys.append(IssuerKey(signer(name).public_key, body, self.places[f"enrol {body}"], closed, boundary, state))
        bodies = [Body(code, name, f"Sample body {code}", KINDS.get(code, ("职称",))) for code, name in NAMES.items()]
        scope = (TITLE.series, TITLE.specialty, TITLE.level, "310000", "沪职评备2024-001", "2024-07-01", "2027-06-30")
        pause = (Suspension("2026-03-01", "2026-03-31", "沪人社〔2026〕9号"),)
        authorities = [Authority(body, COMMITTEE, *scope) for body in (BUREAU, PUDONG, HOSPITAL)]
        return TrustList(bodies, [*authorities, Authority(BUREAU, OTHER_COMMITTEE, *scope, suspended=pause)], keys)

    def _event_files(self) -> dict[int, bytes]:
        blocks = sorted({record.slot // 4_096 for record in self.records})
        return {
            block: encode_events([each for each in self.records if each.slot // 4_096 == block]) for block in blocks
        }

    # --- what is published ------------------------------------------------------------------------------------------

    def read_tile(self, level: int, n: int, _width: int) -> bytes:
        return self.growth.tiles[level, n]

    def checkpoint(self, at: int = NOW - 60, *, signed: bool = True, cosigned: bool = True) -> bytes:
        """The newest checkpoint as a note, cosigned at `at`."""
        return note(Checkpoint(ORIGIN, self.growth.size, self.growth.root), at, signed=signed, cosigned=cosigned)

    def proof(self, place: int, *, extra: bytes | None = None, at: int = NOW - 60) -> bytes:
        """The tlog-proof of one entry, which it carries."""
        path = tuple(tiles.inclusion_proof(place, self.growth.size, self.read_tile))
        return Receipt(place, path, self.checkpoint(at), self.bodies[place] if extra is None else extra).to_text()

    def status(self, iat: int = NOW - 60, **changes: object) -> bytes:
        """The status list's token."""
        claims: dict[str, object] = {
            "list_no": 0, "version": 1, "events_root": self.root_of_events, "log_index": self.places["status"],
            "subject_url": f"{URL}/status/0", "now": iat, "signer": signer("status"), **changes,
        }  # fmt: skip
        array = claims.pop("array", self.array)
        return sign_status_list(array, **claims).encode()  # type: ignore[arg-type]  # claims by name

    def sealed_trust(self, *signers: str, **changes: object) -> bytes:
        """The trust list's manifest, some of its parts changed."""
        listed = replace(self.listed, **changes)  # type: ignore[arg-type]  # parts by name
        return seal_list(listed, [signer(name) for name in signers or ("trust-1", "trust-2")])

    def hints(self, **changes: int | None) -> dict[int, int]:
        """Slot -> log index of every certificate; `changes` sends single ones elsewhere, or nowhere (None)."""
        places = {**self.places, **changes}
        return {self._slot(name): place for name in self.certificates if (place := places[name]) is not None}

    def folder(self, *, hints: Mapping[int, int] | None = None) -> Folder:
        """The whole published folder."""
        held = self.hints() if hints is None else hints
        size = self.growth.size
        made = {
            "checkpoint": self.checkpoint(),
            "lists/trust.json": self.sealed_trust(),
            "lists/trust/1.tlog-proof": self.proof(self.places["trust"]),
            "status/0": self.status(),
            "status/0.tlog-proof": self.proof(self.places["status"]),
            "events/0/leaves": b"".join(leaf_hash(self.event_files.get(block, b"")) for block in range(32)),
            **{f"events/0/{block}": data for block, data in self.event_files.items()},
            **{f"lists/trust/1/{byte:02x}.json": shard for byte, shard in self.shards.items()},
        }
        for block in sorted({slot // 4_096 for slot in held}):
            made[f"hints/0/{block}"] = encode_hints({slot: at for slot, at in held.items() if slot // 4_096 == block})
        for (level, n), tile in self.growth.tiles.items():
            made[tiles.tile_path(level, n, len(tile) // 32)] = tile
        for n in range((size + 255) // 256):
            bundle = self.bodies[256 * n : 256 * n + 256]
            made[tiles.bundle_path(n, len(bundle))] = tiles.encode_bundle(bundle)
        return made


def note(
    checkpoint: Checkpoint, at: int, *, signed: bool = True, cosigned: bool = True, log: str = "log ed25519"
) -> bytes:
    """A checkpoint signed by the log's Ed25519 key and cosigned by the witness."""
    key = NoteKey(checkpoint.origin, ED25519, signer("log ed25519").public_key)
    line = SignatureLine(key.name, key.key_id, signer(log).sign(checkpoint.body()))
    stranger = SignatureLine("stranger", b"\1\2\3\4", bytes(64))
    made = checkpoint.body() + b"\n" + str(line if signed else stranger).encode()
    return cosign(made, "witness", signer("witness"), at) if cosigned else made
