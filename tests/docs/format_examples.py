"""Computes the worked examples of docs/formats.md from the code.

`python -m tests.docs.format_examples` writes them into the document, for when a format changed on purpose.
"""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from credentials.dictionary import DICTIONARIES
from credentials.digest import qr_aad
from credentials.identifiers import LicenceIdentifier, check_character
from credentials.qrtext import deflated, to_text
from keys.b64 import unb64u
from keys.cose import read1
from keys.jwk import to_jwk
from keys.jws import sign_compact
from keys.roots import Roots, roots_digest, to_json
from keys.strictjson import dumps
from registry.bitstring import encode_bitstring, to_bitstring
from registry.bundle import TYP as BUNDLE_TYP
from registry.checkpoint import cosigned_message
from registry.hints import encode_hints
from registry.merkle import leaf_hash, node_hash
from registry.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, ED25519, NoteKey
from registry.receipt import Receipt
from registry.statuslist import sign_status_list
from registry.tiles import encode_bundle, inclusion_proof, tile_path
from tests.docs.cbor_listing import annotated, wrapped
from tests.docs.example_world import DAY, HOST, ORIGIN, REGISTRY_URL, WITNESS, T, World, signer
from tests.docs.receipt_example import receipt_examples

DOCUMENT = Path(__file__).parents[2] / "docs" / "formats.md"
BLOCK = re.compile(r"^```(\w+) example=([a-z0-9-]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def examples() -> dict[str, str]:
    """Every example's text by its name."""
    world = World()
    return {
        **_common_examples(world),
        **_qr_examples(world),
        **_document_examples(world),
        **_log_examples(world),
        **_status_examples(world),
        **_list_examples(world),
        **receipt_examples(world),
    }


def _common_examples(world: World) -> dict[str, str]:
    key = world.issuer.public_key
    members = {name: to_jwk(key)[name] for name in ("crv", "kty", "x", "y")}
    number = world.credential.number
    return {
        "issuer-jwk": _json(to_jwk(key)),
        "thumbprint": f"{dumps(members).decode()}\nSHA-256 {key.thumbprint.hex()}\nkid     {key.kid}\nkid8    {key.kid8.hex()}\n",
        "number": f"{number[:12]} -> {check_character(number[:12])}\n",
        "identifier": f"{LicenceIdentifier('11100000000000002Q001', world.credential.issuer_code or '', number, 1)}\n",
        "dictionary": f"{len(DICTIONARIES[1])} bytes\nSHA-256 {sha256(DICTIONARIES[1]).hexdigest()}\n",
    }


def _qr_examples(world: World) -> dict[str, str]:
    sealed = read1(world.sealed.token)
    return {
        "qr-text": wrapped(to_text(HOST, world.sealed.token), 100),
        "qr-body": _hex(deflated(world.sealed.token)),
        "qr-cose": annotated(world.sealed.token),
        "qr-payload": annotated(sealed.payload),
        "qr-sig-structure": _hex(sealed.sig_structure(qr_aad(1))),
        "qr-digest": f"{world.sealed.qr_digest.hex()}\n",
    }


def _document_examples(world: World) -> dict[str, str]:
    header, payload, signature = world.sealed.document.split(".")
    return {
        "document-header": f"{unb64u(header).decode()}\n",
        "document-payload": _json(json.loads(unb64u(payload))),
        "document-facts": (
            f"payload, compact: {len(unb64u(payload))} bytes, SHA-256 {sha256(unb64u(payload)).hexdigest()}\n"
            f"signature: {signature}\n"
            f"doc digest: {world.sealed.document_digest.hex()}\n"
        ),
    }


def _log_examples(world: World) -> dict[str, str]:
    text = world.note.decode()
    body, _, lines = text.partition("\n\n")
    shown = [line if len(line) < 300 else f"{line[: line.rindex(' ') + 17]}…" for line in lines.splitlines()]
    proof = inclusion_proof(3, 7, world.read_tile)
    receipt = Receipt(3, tuple(proof), world.note, None).to_text().decode()
    names = ("entry-roots", "entry-key", "entry-list", "entry-credential", "entry-status")
    kinds = (0, 1, 2, 3, 5)
    return {
        **{name: annotated(world.bodies[at]) for name, at in zip(names, kinds, strict=True)},
        "leaf-hashes": "".join(f"{at} {leaf.hex()}\n" for at, leaf in enumerate(world.leaves)),
        "tree": _tree(world.leaves),
        "tile-paths": "".join(
            f"level {level} number {n} width {width}: {tile_path(level, n, width)}\n"
            for level, n, width in ((0, 0, 7), (0, 0, 256), (0, 1_234_067, 256), (1, 4, 9))
        ),
        "bundle": _hex(encode_bundle(world.bodies[:1])),
        "checkpoint": f"{body}\n\n" + "".join(f"{line}\n" for line in shown),
        "note-keys": _note_keys(world.roots),
        "cosigned-text": f"cosignature/v1\ntime {world.cosigned_at}\n{world.checkpoint.body().decode()}",
        "cosigned-message": _hex(cosigned_message(ORIGIN, T + DAY + 1, world.checkpoint)),
        "proof": receipt.partition("\n\n")[0] + "\n\n" + f"{ORIGIN}\n7\n…\n",
    }


def _tree(leaves: list[bytes]) -> str:
    pairs = [node_hash(leaves[at], leaves[at + 1]) for at in (0, 2, 4)]
    left, right = node_hash(pairs[0], pairs[1]), node_hash(pairs[2], leaves[6])
    named = zip(("0-1", "2-3", "4-5", "0-3", "4-6", "root"), (*pairs, left, right, node_hash(left, right)), strict=True)
    return "".join(f"{name:<4} {value.hex()}\n" for name, value in named)


def _note_keys(example: Roots) -> str:
    log = example.log
    keys = (
        NoteKey(log.origin, ED25519, log.ed25519),
        NoteKey(log.origin, COSIGNATURE_ML_DSA_44, log.ml_dsa_44),
        NoteKey(WITNESS, COSIGNATURE_ED25519, example.witnesses[0].ed25519),
    )
    return "".join(f"{key.name} 0x{key.kind:02x} {key.key_id.hex()}\n" for key in keys)


def _status_examples(world: World) -> dict[str, str]:
    token = sign_status_list(
        world.array,
        list_no=0,
        version=2,
        events_root=world.events_root,
        log_index=6,
        subject_url=f"{REGISTRY_URL}/status/0",
        now=T + DAY + 5,
        signer=signer("status"),
    )
    header, payload, _ = token.split(".")
    array = bytes(world.array)
    return {
        "status-array": f"byte 1024: {array[1024]:02x}\nSHA-256 {world.array.digest.hex()}\n",
        "status-header": f"{unb64u(header).decode()}\n",
        "status-payload": _json(json.loads(unb64u(payload))),
        "bitstring": "".join(
            f"{purpose}: {encode_bitstring(to_bitstring(world.array, purpose))}\n"
            for purpose in ("revocation", "suspension")
        ),
        "detail-payload": annotated(read1(world.detail).payload),
        "event-file": _hex(world.event_file),
        "event-record": annotated(world.event_file[2:]),
        "events-root": f"file 1: {leaf_hash(world.event_file).hex()}\nno file: {leaf_hash(b'').hex()}\nroot: {world.events_root.hex()}\n",
        "hints": _hints(world),
    }


def _hints(world: World) -> str:
    slot = world.credential.status.index
    data = encode_hints({slot: 3})
    at = slot % 4096 * 5
    return f"bytes {at} to {at + 4}: {data[at : at + 5].hex()}\nall other bytes: 00\nlength: {len(data)}\n"


def _list_examples(world: World) -> dict[str, str]:
    byte = world.sealed.kid8[0]
    members = json.loads(world.trust.payload())
    digests = members["content"]["shards"]
    members["content"]["shards"] = [digests[0], "…", digests[byte], "…", digests[255]]
    bundle = {
        "made": T + DAY + 10,
        "exp": T + 8 * DAY + 10,
        "members": {"checkpoint": [6, sha256(b"bytes\n").hexdigest()]},
    }
    token = sign_compact(dumps(bundle), signer("bundle"), typ=BUNDLE_TYP)
    return {
        "trust-payload": _json(members),
        "trust-digest": f"{len(world.trust.payload())} bytes\nSHA-256 {world.trust.digest.hex()}\n",
        "trust-shard": _json(json.loads(world.shards[byte])),
        "trust-shard-digest": f"lists/trust/1/{byte:02x}.json\nSHA-256 {sha256(world.shards[byte]).hexdigest()}\n",
        "recognition-entry": _json(_recognition()["entries"][0]),
        "recognition-rules": _json(_recognition()["rules"]),
        "roots-payload": _json(_short_roots(json.loads(to_json(world.roots)))),
        "roots-digest": f"{len(to_json(world.roots))} bytes\nSHA-256 {roots_digest(world.sealed_roots).hex()}\n",
        "bundle-manifest": f"{unb64u(token.split('.')[0]).decode()}\n{unb64u(token.split('.')[1]).decode()}\n",
    }


def _recognition() -> dict[str, Any]:
    """The recognition list that is shipped."""
    file = DOCUMENT.parents[1] / "registry" / "data" / "recognition-cn-sh.json"
    read: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return read


def _short_roots(members: dict[str, Any]) -> dict[str, Any]:
    """The roots payload with its long key and its repeated parts left out, each as one "…"."""
    members["log"]["ml_dsa_44"]["pub"] = members["log"]["ml_dsa_44"]["pub"][:24] + "…"
    members["custodians"]["keys"][1] = "…"
    members["purposes"] = {
        name: {"keys": ["…"], "threshold": one["threshold"]} for name, one in members["purposes"].items()
    }
    return members


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _hex(data: bytes) -> str:
    return wrapped(data.hex(), 64)


def blocks(text: str) -> dict[str, str]:
    """Return the fenced examples of a document by name."""
    return {name: body for _, name, body in BLOCK.findall(text)}


def rewritten(text: str) -> str:
    """Return the document with every example computed again."""
    computed = examples()
    return BLOCK.sub(lambda found: f"```{found[1]} example={found[2]}\n{computed[found[2]]}```", text)


def main() -> None:
    """Write the examples into docs/formats.md."""
    DOCUMENT.write_text(rewritten(DOCUMENT.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
