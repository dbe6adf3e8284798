"""The cases of the shared vectors: what is asked of a verifier, with which evidence, each named for its defect."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from credentials.model import StatusRef
from credentials.qrtext import to_text
from keys.algorithms import Algorithm
from keys.b64 import b64u
from keys.roots import Roots, Witness
from keys.signer import SoftwareSigner
from keys.strictjson import dumps
from registry.checkpoint import Checkpoint
from registry.entries import ListEntry, encode
from registry.receipt import Receipt
from registry.statuslist import StatusArray
from registry.trust import TrustList, manifest_of
from tests.docs.example_world import signer
from tests.vectors.scenery import (
    BUREAU,
    CHANGED,
    COMMITTEE,
    DAY,
    EVENTS,
    HOST,
    HOUR,
    ISSUED,
    NOW,
    ORIGIN,
    PUDONG,
    TITLE,
    Folder,
    Scenery,
    credential,
    note,
    roots,
    sealed,
    sealed_roots,
    seeded,
)
from tests.verifier.malleable import (
    deflated,
    digits_of,
    document_with_mirrored_signature,
    header_of,
    jws,
    padded,
    payload_of,
    with_mirrored_signature,
)
from verifier.floor import Floor
from verifier.policy import BROWSER, Policy

OFFLINE: Policy = replace(BROWSER, name="browser offline", max_status_age=DAY)


@dataclass(frozen=True)
class Case:
    """One question: a text, a published folder, and everything else that `check` is told."""

    name: str
    defect: str
    text: str
    folder: Mapping[str, bytes]
    now: int = NOW
    as_of: int | None = None
    policy: Policy = BROWSER
    roots: bytes = field(default_factory=lambda: sealed_roots(roots()))
    floor: Floor | None = None
    proof: bytes | None = None


class Maker:
    """Makes cases over one scenery; small changes of one honest folder."""

    def __init__(self) -> None:
        self.scene = Scenery()
        self.honest = self.scene.folder()

    def case(
        self, name: str, defect: str, who: str = "valid", changes: Mapping[str, bytes | None] | None = None, **more: Any
    ) -> Case:
        """A case about one certificate's QR text, with some files exchanged or taken away (None)."""
        made = {**self.honest, **(changes or {})}
        text = more.pop("text", None) or self.scene.certificates[who].text
        return Case(name, defect, text, {path: data for path, data in made.items() if data is not None}, **more)


def all_cases() -> list[Case]:
    """Every case; names are unique."""
    maker = Maker()
    parts = (certificates, days, forms, spellings, missing, spoiled, checkpoints, log_entries, status_lists, event_files,
             trust_lists, root_documents, ages, floors, proofs, large_logs)  # fmt: skip
    cases = [case for part in parts for case in part(maker)]
    assert len({case.name for case in cases}) == len(cases)
    return cases


def certificates(maker: Maker) -> Iterator[Case]:
    """Every certificate of the scenery in both forms."""
    for name, made in maker.scene.certificates.items():
        yield maker.case(f"certificate, {name}", "none, or what its name says", name)
        yield maker.case(f"document, {name}", "none, or what its name says", name, text=made.document)


def days(maker: Maker) -> Iterator[Case]:
    """Was it valid on an earlier day?"""
    moments = {"before it was issued": ISSUED - 30 * DAY, "before the change": CHANGED - 1, "at the change": CHANGED,
               "between two changes": CHANGED + 3 * DAY, "after all": NOW - DAY}  # fmt: skip
    for name in EVENTS:
        for when, moment in moments.items():
            yield maker.case(f"as of, {name}, {when}", "an as-of question", name, as_of=moment)
    yield maker.case("as of, valid", "an as-of question", as_of=CHANGED)
    yield maker.case("as of, never issued", "no entry and no event", text=_stranger(7_999), as_of=CHANGED)
    yield maker.case("as of, expiring, later", "it had expired by then", "expiring", now=ISSUED + 61 * DAY, as_of=ISSUED + 60 * DAY,
                     changes={"status/0": maker.scene.status(ISSUED + 61 * DAY - 60)})  # fmt: skip


def _stranger(slot: int, **facts: Any) -> str:
    """A certificate under the bureau's real key that nobody logged."""
    return sealed(credential(f"stranger {slot}", slot, **facts)).text


def forms(maker: Maker) -> Iterator[Case]:
    """The text as it was handed in."""
    good = maker.scene.certificates["valid"].text
    digits = good.partition("#")[2]
    handed = {
        "bare digits": digits,
        "lower case": good.lower(),
        "scanner path": f"https://{HOST}/c/{digits}",
        "blanks around": f" \n\u3000{good}\x1f\t",
        "another host": good.replace(HOST.upper(), "HALLMARK.EXAMP1E"),
        "a host in other letters": good.replace(HOST.upper(), "印信.例子"),
        "a host that turns the line": good.replace(HOST.upper(), "A\u202eB"),
        "user name before the host": good.replace("://", "://a@"),
        "a blank inside": digits[:90] + " " + digits[90:],
        "full-width digits": digits.translate({48 + n: 0xFF10 + n for n in range(10)}),
        "a sign": "+" + digits,
        "a leading zero": "0" + digits,
        "twice": digits + digits,
        "half": digits[: len(digits) // 2],
        "empty": "",
        "hello": "hello",
        "another site": "https://zcrc-chaxun.example/verify?id=20260916001",
        "4,301 digits": "1" * 4301,
        "600 nines": "9" * 600,
        "a long s for https": good.replace("HTTPS", "HTTP\u017f"),
        "three parts": "a.b.c",
        "too long": "x" * 65_537,
    }
    for name, text in handed.items():
        yield maker.case(f"text, {name}", "the text as handed in", text=text)
    for version in (0, 2, 255):
        body = (int(digits)).to_bytes((int(digits).bit_length() + 7) // 8, "big")
        changed = str(int.from_bytes(bytes((1, version)) + body[2:], "big"))
        yield maker.case(f"text, version {version}", "the version byte names no dictionary", text=changed)


def spellings(maker: Maker) -> Iterator[Case]:
    """Other bytes for the same certificate, and damaged ones."""
    made = maker.scene.certificates["valid"]
    token, document, key = made.sealed.token, made.document, signer("issuer")
    payload = payload_of(document)
    header = header_of(document)
    flipped = {
        f"bit {bit} of the token": digits_of(deflated(_flip(token, bit)))
        for bit in (0, 9, 40, 64, 110, 150, 400, 900, 2_000, 2_800, 2_883)
    }
    texts = {
        "deflated at level 1": digits_of(deflated(token, level=1)),
        "deflated without the dictionary": digits_of(deflated(token, dictionary=False)),
        "stored": digits_of(deflated(token, level=0)),
        "a byte behind the stream": digits_of(deflated(token) + b"\0"),
        "a stream cut off": digits_of(deflated(token)[:-3]),
        "a byte behind the token": digits_of(deflated(token + b"\0")),
        "too much inflated": digits_of(deflated(seeded("x") * 3 + bytes(5_000))),
        "reserved block type": digits_of(b"\7" + seeded("y") * 3),
        "(r, n - s)": to_text(HOST, with_mirrored_signature(token)),
        "signature of zeros": digits_of(deflated(token[:-64] + bytes(64))),
        "tagged": digits_of(deflated(b"\xd2" + token)),
        "an unprotected header": digits_of(deflated(token[:15] + b"\xa1\x05\x41\x00" + token[16:])),
        "EdDSA in the header": digits_of(deflated(token[:5] + b"\x27" + token[6:])),
        "an array of random bytes": digits_of(deflated(seeded("z") * 4)),
        "document, (r, n - s)": document_with_mirrored_signature(document),
        "document, padded": ".".join([*document.split(".")[:2], padded(document.split(".")[2])]),
        "document, white space": f"\n {document}\n",
        "document, alg none": jws({**header, "alg": "none"}, payload, None),
        "document, other typ": jws({**header, "typ": "jwt"}, payload, key),
        "document, jwk in the header": jws({**header, "jwk": {}}, payload, key),
        "document, kid of another": jws({**header, "kid": b64u(seeded("kid"))}, payload, key),
        "document, kid too short": jws({**header, "kid": "AA"}, payload, key),
        "document, doubled header member": jws(b'{"alg":"ES256",' + dumps(header)[1:], payload, key),
        "document, doubled claim": jws(header, b'{"iat":1,' + payload[1:], key),
        "document, surplus claim": jws(header, b'{"more":1,' + payload[1:], key),
        "document, iat as a fraction": jws(header, payload.replace(b'"iat":1790000000', b'"iat":1790000000.0'), key),
        "document, iat as true": jws(header, payload.replace(b'"iat":1790000000', b'"iat":true'), key),
        "document, other validFrom": jws(
            header, payload.replace(b"2026-09-21T14:13:20Z", b"2026-09-21T14:13:21Z"), key
        ),
        "document, half a pair": jws(header, payload.replace("欧阳建国".encode(), b"\\ud800"), key),
        "document, not UTF-8": jws(header, payload.replace("欧阳".encode(), b"\xff\xfe"), key),
        "document, other list in one address": jws(header, payload.replace(b"/status/0", b"/status/1"), key),
        "document, members in another order": jws(dict(reversed(header.items())), payload, key),
        "document, identifier of another number": jws(
            header,
            payload.replace(
                b'"certificateNumber":',
                b'"certificateIdentifier":"1.2.156.3005.2.11100000000000002Q001.11310000100000000F.64S36D1N6RVMK.001.Z","certificateNumber":',
            ),
            key,
        ),
        "document, identifier of no form": jws(
            header,
            payload.replace(b'"certificateNumber":', b'"certificateIdentifier":"1.2.3","certificateNumber":'),
            key,
        ),
        "document, one letter": document[:200] + ("A" if document[200] != "A" else "B") + document[201:],
    }
    for name, text in {**texts, **flipped}.items():
        yield maker.case(f"spelling, {name}", "other bytes for the same certificate", text=text)
    yield from _strange_claims(maker)


def _flip(data: bytes, bit: int) -> bytes:
    place = bit % (len(data) * 8)
    return data[: place // 8] + bytes([data[place // 8] ^ 1 << place % 8]) + data[place // 8 + 1 :]


def _strange_claims(maker: Maker) -> Iterator[Case]:
    """Tokens under the real key whose claims no honest writer makes."""
    from credentials.claims import to_qr_claims
    from credentials.digest import qr_aad
    from keys import cbor
    from keys.cose import sign1

    def claims(**changes: Any) -> dict[int, Any]:
        whole = to_qr_claims(maker.scene.certificates["valid"].credential)
        facts = {**whole[-65537], **{int(label[1:]): value for label, value in changes.items()}}
        return {**whole, -65537: {label: value for label, value in facts.items() if value is not ...}}

    spelled = {
        "an unknown label": cbor.encode(claims(_40="x")),
        "no holder": cbor.encode(claims(_6=...)),
        "a name with a digit": cbor.encode(claims(_6="王1")),
        "a name with a blank between": cbor.encode(claims(_6="王 芳")),
        "a name that is not in NFC": cbor.encode(claims(_6="Jose\u0301")),
        "a name that a spreadsheet runs": cbor.encode(claims(_6="=SUM")),
        "a bad check character": cbor.encode(claims(_2="64S36D1N6RVM0")),
        "another level": cbor.encode(claims(_14="最高级")),
        "a date that does not exist": cbor.encode(claims(_9="2026-02-30")),
        "a year before 1900": cbor.encode(claims(_9="1899")),
        "a kind of its own": cbor.encode(claims(_5="荣誉")),
        "a slot beyond the list": cbor.encode(claims(_4=131_072)),
        "a list number beyond 2^31": cbor.encode(claims(_3=1 << 31)),
        "a UUID of another version": cbor.encode(claims(_1=bytes(16))),
        "an id as text": cbor.encode(claims(_1="c0ffee00-1234-4abc-8def-0123456789ab")),
        "a tail without its length": cbor.encode(claims(_7="19")),
        "a type without a tail": cbor.encode(claims(_7=..., _8="护照")),
        "the usual type spelled out": cbor.encode(claims(_8="居民身份证")),
        "a text with a direction mark": cbor.encode(claims(_13="人工\u202e智能")),
        "a text of 101 characters": cbor.encode(claims(_13="工" * 101)),
        "a text of 100 characters beyond the plane": cbor.encode(claims(_13="𬱖" * 100)),
        "null": cbor.encode(claims(_13=None)),
        "an expiry before the issue": cbor.encode({4: 1, **claims()}),
        "a negative iat": cbor.encode({**claims(), 6: -1}),
        "an iat beyond 2^33": cbor.encode({**claims(), 6: 1 << 33}),
        "an iat of 64 bits": cbor.encode({**claims(), 6: (1 << 64) - 1}),
        "a long head": cbor.encode(claims()).replace(b"\x04\x19\x0f\xfa", b"\x04\x1a\x00\x00\x0f\xfa"),
        "another order": b"\xa2" + cbor.encode(claims())[7:] + cbor.encode(claims())[1:7],
        "an array": cbor.encode([1, 2]),
        "a float": b"\xa1\x06\xfb" + bytes(8),
        "a tag": b"\xc1" + cbor.encode(claims()),
        "nine levels": b"\x81" * 9 + b"\x00",
    }  # fmt: skip
    for name, payload in spelled.items():
        token = sign1(payload, signer("issuer"), external_aad=qr_aad(1))
        yield maker.case(f"claims, {name}", "claims that no honest writer makes", text=digits_of(deflated(token)))


def missing(maker: Maker) -> Iterator[Case]:
    """A part of the evidence is not at hand."""
    byte = f"{signer('issuer').public_key.kid8[0]:02x}"
    size = maker.scene.growth.size
    parts = {
        "trust list": "lists/trust.json", "trust shard": f"lists/trust/1/{byte}.json", "proof of the trust list": "lists/trust/1.tlog-proof",
        "checkpoint": "checkpoint", "hints": "hints/0/", "tile": f"tile/0/000.p/{size}", "bundle": "tile/entries/",
        "status list": "status/0", "proof of the status list": "status/0.tlog-proof", "event leaves": "events/0/leaves", "event file": "events/0/1",
    }  # fmt: skip
    for name, start in parts.items():
        gone = {
            path: None for path in maker.honest if path == start or (start.endswith("/") and path.startswith(start))
        }
        assert gone, name
        for who in ("valid", "revoked", "suspended"):
            yield maker.case(f"missing {name}, {who}", "evidence is missing", who, gone)
        yield maker.case(f"missing {name}, as of", "evidence is missing", "revoked", gone, as_of=CHANGED - 1)
    nothing: Mapping[str, bytes | None] = dict.fromkeys(maker.honest)
    yield maker.case("missing everything", "no evidence at all", changes=nothing)
    log = {path: None for path in maker.honest if path.startswith(("hints", "tile", "checkpoint"))}
    for who in ("valid", "retired key before", "lost key below", "lost key above"):
        yield maker.case(f"missing log, {who}", "offline: no log at hand", who, log, policy=OFFLINE)


def spoiled(maker: Maker) -> Iterator[Case]:
    """A part of the evidence is broken."""
    byte = f"{signer('issuer').public_key.kid8[0]:02x}"
    size = maker.scene.growth.size
    paths = ("lists/trust.json", f"lists/trust/1/{byte}.json", "lists/trust/1.tlog-proof", "checkpoint", "hints/0/0", f"tile/0/000.p/{size}",
             f"tile/entries/000.p/{size}", "status/0", "status/0.tlog-proof", "events/0/leaves", "events/0/1")  # fmt: skip
    for path in paths:
        honest = maker.honest[path]
        worse = {
            "one bit": _flip(honest, 4 * len(honest) + 5),
            "cut": honest[:-7],
            "empty": b"",
            "a byte more": honest + b"\n",
        }
        for how, data in worse.items():
            who = "suspended" if path.startswith("events") else "valid"
            yield maker.case(f"spoiled {path.replace('/', ' ')}, {how}", "evidence is broken", who, {path: data})


def checkpoints(maker: Maker) -> Iterator[Case]:
    """Whose signatures stand under the log's head."""
    scene = maker.scene
    head = Checkpoint(ORIGIN, scene.growth.size, scene.growth.root)
    honest = scene.checkpoint()
    lines = honest.splitlines(keepends=True)
    log, witness = lines[4], lines[5]
    notes = {
        "not by the log": scene.checkpoint(signed=False),
        "by another key in the log's name": note(head, NOW - 60, log="witness"),
        "without a witness": scene.checkpoint(cosigned=False),
        "an unknown line more": honest + "— somebody AAAAAAAA\n".encode(),
        "the witness twice": honest + witness,
        "a witness of another time": honest + scene.checkpoint(NOW - 30).splitlines(keepends=True)[5],
        "a spoiled line of the witness": honest + witness[:-10] + (b"AAAA" if witness[-10:-6] != b"AAAA" else b"BBBB") + witness[-6:],
        "the log twice": b"".join([*lines[:4], log, log, witness]),
        "a line of a post-quantum key": b"".join([*lines[:5], _ml_dsa_line(), witness]),
        "an extension line": b"".join([*lines[:3], b"more\n", *lines[3:]]),
        "another origin": honest.replace(ORIGIN.encode(), b"evil.example/registry"),
        "a larger size": b"".join([lines[0], b"58\n", *lines[2:]]),
        "a size with a zero": b"".join([lines[0], b"057\n", *lines[2:]]),
        "a root of another tree": note(Checkpoint(ORIGIN, scene.growth.size, seeded("root")), NOW - 60),
        "an older, honest tree": note(Checkpoint(ORIGIN, 3, _root(scene, 3)), NOW - 60),
        "one entry less": note(Checkpoint(ORIGIN, scene.growth.size - 1, _root(scene, scene.growth.size - 1)), NOW - 60),
        "a carriage return": honest.replace(b"\n", b"\r\n", 1),
        "seventeen lines": honest + b"".join(f"— s{n} AAAAAAAA\n".encode() for n in range(15)),
        "a time before 1970": note(head, 0),
        "a time in the future": note(head, NOW + DAY),
    }  # fmt: skip
    for name, data in notes.items():
        yield maker.case(f"checkpoint, {name}", "the log's head", changes={"checkpoint": data})
    two = replace(
        roots(),
        witnesses=(
            *roots().witnesses,
            Witness("second", SoftwareSigner.from_seed(Algorithm.ED25519, seeded("second")).public_key),
        ),
    )
    yield maker.case(
        "checkpoint, two witnesses wanted",
        "one of two has cosigned",
        roots=sealed_roots(replace(two, witness_threshold=2)),
    )
    yield maker.case(
        "checkpoint, policy wants two", "one of two has cosigned", policy=replace(BROWSER, witness_threshold=2)
    )


def _ml_dsa_line() -> bytes:
    """A line under the name and id of the log's ML-DSA-44 key that does not verify: browsers do not know that key."""
    from registry.note import COSIGNATURE_ML_DSA_44, NoteKey, SignatureLine

    key = NoteKey(ORIGIN, COSIGNATURE_ML_DSA_44, signer("log ml-dsa-44").public_key)
    return str(SignatureLine(key.name, key.key_id, bytes(8) + seeded("ml-dsa") * 3)).encode()


def _root(scene: Scenery, size: int) -> bytes:
    from registry.merkle import leaf_hash, root_of

    return root_of([leaf_hash(body) for body in scene.bodies[:size]])


def log_entries(maker: Maker) -> Iterator[Case]:
    """Where the hints lead, and what is proven there."""
    scene = maker.scene
    other = scene.places["postdoc"]
    leads = {"to another certificate": other, "to a key's entry": 1, "to a list's entry": scene.places["trust"], "to nothing": None,
             "beyond the log": scene.growth.size, "far beyond": (1 << 40) - 2}  # fmt: skip
    for name, place in leads.items():
        for who in ("valid", "revoked"):
            folder = scene.folder(hints=scene.hints(**{who: place}))
            yield maker.case(
                f"hint {name}, {who}",
                "the hint misleads",
                who,
                {"hints/0/0": folder["hints/0/0"], "hints/0/1": folder["hints/0/1"]},
            )
    yield maker.case("never issued", "a slot that was never issued", text=_stranger(7_000, issued_at=NOW - 2 * HOUR))
    yield maker.case(
        "never issued, just sealed", "the list is not an hour younger", text=_stranger(7_001, issued_at=NOW - HOUR)
    )
    yield maker.case("never issued, log at hand", "a hint to a genuine entry", text=_stranger(7_000, issued_at=NOW - 2 * HOUR),
                     changes=scene.folder(hints={**scene.hints(), 7_000: other}))  # fmt: skip
    valid = scene.certificates["valid"].credential
    forged = sealed(replace(valid, holder=replace(valid.holder, name="李四")))
    yield maker.case("another name on a logged slot", "the proven entry has another digest", text=forged.text)
    yield maker.case(
        "another name on a logged slot, document", "the proven entry has another digest", text=forged.document
    )
    pudong = sealed(credential("valid", valid.status.index, PUDONG), PUDONG)
    yield maker.case("another body's key on a logged slot", "the proven entry has another key", text=pudong.text)
    unknown = sealed(credential("stranger", valid.status.index), key=signer("nobody"))
    yield maker.case("nobody's key", "no body owns the key", text=unknown.text)
    yield maker.case("nobody's key, document", "no body owns the key", text=unknown.document)
    yield maker.case(
        "another list", "its status list is not published", text=sealed(credential("x", 1, status=StatusRef(7, 1))).text
    )


def status_lists(maker: Maker) -> Iterator[Case]:
    """Who signed the status list, what it says, and whether that is logged."""
    scene = maker.scene
    slot = scene.certificates["valid"].credential.status.index

    def array(status: int) -> StatusArray:
        changed = StatusArray(bytes(scene.array))
        changed.set(slot, status)
        return changed

    lists = {
        "flipped to ended": scene.status(array=array(1)),
        "flipped to suspended": scene.status(array=array(2)),
        "flipped to superseded": scene.status(array=array(3)),
        "signed by the trust key": scene.status(signer=signer("trust-1")),
        "of another number": scene.status(list_no=1),
        "of another version": scene.status(version=2),
        "of another entry": scene.status(log_index=scene.places["trust"]),
        "of another events root": scene.status(events_root=seeded("events")),
        "expired": scene.status(NOW - 8 * DAY),
        "from the future": scene.status(NOW + 301),
        "from the near future": scene.status(NOW + 300),
        "not ASCII": "\u00e9".encode() + scene.status(),
    }
    for name, token in lists.items():
        yield maker.case(f"status list {name}", "the status list", changes={"status/0": token})
    spelled = json.loads(_payload(scene.status()))
    for name, change in {"bits 1": {"status_list": {**spelled["status_list"], "bits": 1}}, "a member more": {"more": 1}, "iat as a fraction": {"iat": 1.5},
                         "a list that is too short": {"status_list": {"bits": 2, "lst": "eJwDAAAAAAE"}}}.items():  # fmt: skip
        token = jws(header_of(scene.status().decode()), dumps({**spelled, **change}), signer("status"))
        yield maker.case(f"status list with {name}", "the status list", changes={"status/0": token.encode()})
    for name, place in {"of the trust list": scene.places["trust"], "of a certificate": scene.places["valid"]}.items():
        yield maker.case(
            f"status proof {name}",
            "the proof proves another entry",
            changes={"status/0.tlog-proof": scene.proof(place)},
        )
    receipt = Receipt.from_text(scene.proof(scene.places["status"]))
    twisted = {
        "at another index": replace(receipt, index=receipt.index - 1), "with a hash less": replace(receipt, proof=receipt.proof[:-1]),
        "with a hash more": replace(receipt, proof=(*receipt.proof, seeded("more"))), "without its entry": replace(receipt, extra=None),
        "of another content": replace(receipt, extra=encode(ListEntry(CHANGED, "status/0", 1, seeded("digest"), scene.root_of_events))),
    }  # fmt: skip
    for name, changed in twisted.items():
        yield maker.case(
            f"status proof {name}", "the proof does not hold", changes={"status/0.tlog-proof": changed.to_text()}
        )


def _payload(token: bytes) -> bytes:
    return payload_of(token.decode())


def event_files(maker: Maker) -> Iterator[Case]:
    """The files that say why and since when."""
    scene = maker.scene
    leaves = maker.honest["events/0/leaves"]
    for who in ("suspended", "revoked"):
        yield maker.case(f"events withheld, {who}", "the file is another one", who, {"events/0/1": b""})
        yield maker.case(
            f"events of another list, {who}",
            "the leaves do not lead to the root",
            who,
            {"events/0/leaves": leaves[32:] + leaves[:32]},
        )
        yield maker.case(
            f"events too few leaves, {who}",
            "the leaves do not lead to the root",
            who,
            {"events/0/leaves": leaves[:-32]},
        )
    yield maker.case("events, both signed anew", "a root that is not logged", "suspended",
                     {"status/0": scene.status(events_root=seeded("r")), "events/0/1": b""})  # fmt: skip


def trust_lists(maker: Maker) -> Iterator[Case]:
    """Who signed the trust list, when it counts, and whether it is logged."""
    scene = maker.scene
    byte = signer("issuer").public_key.kid8[0]
    shard = f"lists/trust/1/{byte:02x}.json"
    lists = {
        "signed once": scene.sealed_trust("trust-1"),
        "signed twice by one": scene.sealed_trust("trust-1", "status"),
        "signed by the catalogue": scene.sealed_trust("catalogue-1", "catalogue-2"),
        "expired": scene.sealed_trust(expires=NOW),
        "not in effect": scene.sealed_trust(effective=NOW + 1),
        "of another version": scene.sealed_trust(version=2, prev=seeded("prev")),
        "without shards": scene.sealed_trust(content={}),
        "with a fraction": scene.sealed_trust(content={"shards": [0.5]}),
    }
    for name, data in lists.items():
        yield maker.case(f"trust list {name}", "the trust list", changes={"lists/trust.json": data})
    for name, change in _shards(scene).items():
        shards = TrustList(*change).to_shards()
        listed = {"lists/trust.json": scene.sealed_trust(content=manifest_of(shards)), shard: shards[byte]}
        yield maker.case(f"trust list {name}", "two publishers signed another list than the log knows", changes=listed)
    yield maker.case("trust list by nobody, nobody's key", "no list in force proves a stranger", changes={"lists/trust.json": scene.sealed_trust(expires=NOW)},
                     text=sealed(credential("stranger", 5_000), key=signer("nobody")).text)  # fmt: skip
    broken = {
        "doubled members": maker.honest[shard].replace(b'"keys":', b'"keys":[],"keys":', 1),
        "a member more": maker.honest[shard].replace(b'{"keys":', b'{"more":1,"keys":', 1),
        "a private key": maker.honest[shard].replace(b'"jwk":{', b'"jwk":{"d":"AA",', 1),
        "an impossible day": maker.honest[shard].replace(b"2024-07-01", b"2024-02-30"),
        "days the wrong way round": maker.honest[shard].replace(b"2024-07-01", b"2028-07-01"),
        "an empty suspension": maker.honest[shard].replace(
            b'"valid_until":"2027-06-30"', b'"valid_until":"2027-06-30","suspended":[]', 1
        ),
    }
    for name, data in broken.items():
        from hashlib import sha256

        digests = [*manifest_of(scene.shards)["shards"]]
        digests[byte] = sha256(data).hexdigest()
        changes = {"lists/trust.json": scene.sealed_trust(content={"shards": digests}), shard: data}
        yield maker.case(f"trust shard with {name}", "the shard does not hold", changes=changes)


def _shards(scene: Scenery) -> dict[str, tuple[Any, Any, Any]]:
    """Other trust lists of the same bodies."""
    from registry.bodies import Suspension

    trust = scene.trust
    bureau = next(body for body in trust.bodies if body.code == BUREAU)
    others = tuple(body for body in trust.bodies if body.code != BUREAU)

    def with_bureau(**changes: Any) -> tuple[Any, Any, Any]:
        return ((replace(bureau, **changes), *others), trust.authorities, trust.keys)

    return {
        "with another name": with_bureau(name="上海市某某局"),
        "without titles": with_bureau(kinds=("博士后",)),
        "with a suspended body": with_bureau(suspended=(Suspension("2026-09-01", "2026-09-30", "文"),)),
        "with a body suspended before": with_bureau(suspended=(Suspension("2026-01-01", "2026-09-15", "文"),)),
        "with a body suspended until further notice": with_bureau(suspended=(Suspension("2026-09-16", None, "文"),)),
        "with a body suspended to the end of time": with_bureau(
            suspended=(Suspension("2026-01-01", "9999-12-31", "文"),)
        ),
        "without authorities": (trust.bodies, (), trust.keys),
        "with a later authority": (
            trust.bodies,
            [replace(a, valid_from="2026-09-17") for a in trust.authorities if a.committee == COMMITTEE],
            trust.keys,
        ),
        "with a key opened later": (
            trust.bodies,
            trust.authorities,
            [replace(key, opened=1_000) if key.body_code == BUREAU else key for key in trust.keys],
        ),
    }


def root_documents(maker: Maker) -> Iterator[Case]:
    """The root of trust itself."""
    expired = sealed_roots(replace(roots(), expires=NOW))
    yield maker.case("roots expired", "the root of trust has expired", roots=expired)
    yield maker.case("roots expired, nobody's key", "the root of trust has expired", roots=expired,
                     text=sealed(credential("stranger", 5_000), key=signer("nobody")).text)  # fmt: skip
    yield maker.case(
        "roots of another host",
        "the host is not one of the roots",
        roots=sealed_roots(replace(roots(), hosts=("other.example",))),
    )
    yield maker.case("roots of a real house", "not a test", roots=sealed_roots(replace(roots(), test=False)))


def ages(maker: Maker) -> Iterator[Case]:
    """How old evidence may be."""
    scene = maker.scene
    for who in ("valid", "suspended", "revoked", "superseded"):
        for name, policy in (("online", BROWSER), ("offline", OFFLINE)):
            for late, seconds in (("in time", policy.max_status_age), ("a second late", policy.max_status_age + 1)):
                yield maker.case(
                    f"age, {who}, {name}, {late}",
                    "the status list's age",
                    who,
                    {"status/0": scene.status(NOW - seconds)},
                    policy=policy,
                )
    old = {"status/0": scene.status(ISSUED - 60)}
    yield maker.case(
        "age, a list from before the certificate", "the list does not know it yet", "valid", old, now=ISSUED
    )
    ahead = {"sealed 300 s ahead": NOW - 300, "sealed 301 s ahead": NOW - 301}
    for name, now in ahead.items():
        late = sealed(credential("ahead", 5_100, issued_at=NOW))
        yield maker.case(
            f"clock, {name}", "iat lies ahead", text=late.text, now=now, changes={"status/0": scene.status(NOW - 400)}
        )
        yield maker.case(
            f"clock, {name}, so is the list",
            "our clock is slow",
            text=late.text,
            now=now,
            changes={"status/0": scene.status(NOW)},
        )
    yield maker.case(
        "expiring, the last second",
        "not expired yet",
        "expiring",
        {"status/0": scene.status(ISSUED + 60 * DAY - 1)},
        now=ISSUED + 60 * DAY - 1,
    )
    yield maker.case(
        "expiring, expired", "expired", "expiring", {"status/0": scene.status(ISSUED + 60 * DAY)}, now=ISSUED + 60 * DAY
    )
    yield maker.case(
        "awarded today in China",
        "the day begins at 16:00 UTC",
        "not yet awarded",
        {"status/0": scene.status(1_798_646_400)},
        now=1_798_646_400,
    )
    yield maker.case(
        "awarded a second later",
        "the day begins at 16:00 UTC",
        "not yet awarded",
        {"status/0": scene.status(1_798_646_399)},
        now=1_798_646_399,
    )


def floors(maker: Maker) -> Iterator[Case]:
    """A verifier with a memory."""
    size, root = maker.scene.growth.size, maker.scene.growth.root
    memories = {
        "the same": Floor(size, root, {"trust": 1, "status/0": 1}), "a larger log": Floor(size + 1, root), "a fork": Floor(size, seeded("fork")),
        "another smaller log": Floor(size - 1, seeded("old")), "its own beginning": Floor(20, _root(maker.scene, 20)), "a newer trust list": Floor(versions={"trust": 2}), "a newer status list": Floor(versions={"status/0": 2}),
    }  # fmt: skip
    for name, floor in memories.items():
        yield maker.case(f"seen before, {name}", "what was accepted before", floor=floor)


def proofs(maker: Maker) -> Iterator[Case]:
    """The proof that came with the certificate."""
    scene = maker.scene
    gone = {path: None for path in maker.honest if path.startswith(("hints", "tile", "checkpoint"))}
    for who in ("valid", "retired key before", "retired key after", "lost key above", "revoked"):
        proof = scene.proof(scene.places[who])
        yield maker.case(f"proof, {who}", "the log is not at hand", who, gone, proof=proof)
        yield maker.case(
            f"proof, {who}, document",
            "the log is not at hand",
            text=scene.certificates[who].document,
            changes=gone,
            proof=proof,
        )
    valid = scene.places["valid"]
    receipt = Receipt.from_text(scene.proof(valid))
    bad = {
        "of another": scene.proof(scene.places["postdoc"]), "of a list": scene.proof(scene.places["trust"]), "empty": b"", "one bit": _flip(scene.proof(valid), 999),
        "at another place": replace(receipt, index=valid + 1).to_text(), "without its entry": replace(receipt, extra=None).to_text(),
        "under a checkpoint without witness": replace(receipt, checkpoint=scene.checkpoint(cosigned=False)).to_text(),
    }  # fmt: skip
    for name, proof in bad.items():
        yield maker.case(f"proof {name}", "the attached proof does not hold", "valid", gone, proof=proof)
        yield maker.case(f"proof {name}, log at hand", "the attached proof is not needed", "valid", proof=proof)
    forged = sealed(replace(scene.certificates["valid"].credential, issued_at=ISSUED + 1))
    yield maker.case(
        "proof of another digest",
        "the proof speaks against it",
        text=forged.text,
        changes=gone,
        proof=scene.proof(valid),
    )
    fork = Floor(scene.growth.size, seeded("fork"))
    yield maker.case(
        "proof under a fork", "of this size another root was seen", "valid", gone, proof=scene.proof(valid), floor=fork
    )


def large_logs(maker: Maker) -> Iterator[Case]:
    """Logs of several tiles and levels."""
    for filler in (250, 600, 66_000):
        scene = Scenery(filler)
        folder: Folder = scene.folder()
        for who in ("valid", "lost key above"):
            text = scene.certificates[who].text
            yield Case(f"log of {scene.growth.size}, {who}", "none, or what its name says", text, folder)
        for seen in (255, 256, 257, scene.growth.size - 3):
            floor = Floor(seen, _root(scene, seen))
            yield Case(
                f"log of {scene.growth.size}, {seen} seen before",
                "the log begins with the one seen",
                text,
                folder,
                floor=floor,
            )
        level, n = max(scene.growth.tiles)
        for path in (f"tile/{level}/{n:03d}.p/{len(scene.growth.tiles[level, n]) // 32}",):
            broken = {**folder, path: _flip(folder[path], 77)}
            yield Case(
                f"log of {scene.growth.size}, a spoiled tile",
                "a tile does not lead to the root",
                scene.certificates["valid"].text,
                broken,
            )


__all__ = ["TITLE", "Case", "Roots", "all_cases"]
