"""The worked examples of docs/formats.md are what the code computes, and the second verifier reads them back."""

import base64
import gzip
import json
import re
import zlib
from functools import cache
from hashlib import sha256
from importlib import import_module

import pytest

from credentials.dictionary import DICTIONARIES
from registry.paths import BUNDLE
from tests.docs.format_examples import DOCUMENT, blocks, examples
from tests.docs.second_encodings import cbor, unb64u, verifies
from tests.docs.second_formats import tree_root
from tests.docs.second_verifier import is_number, open_sign1, read_text, require_claims

TEXT = DOCUMENT.read_text("utf-8")
BLOCKS = blocks(TEXT)
COMPRESSED = {"qr-text", "qr-body", "status-payload", "bitstring"}
"""Another zlib may write other bytes for these; what they inflate to is compared."""
LIMIT = re.compile(r"^\| [^|]+ \| (\d+) \| `([a-z.]+)\.([A-Z_]+)` \|$", re.MULTILINE)


@cache
def computed() -> dict[str, str]:
    return examples()


def hexes(name: str) -> bytes:
    """The bytes of a hexadecimal example; what stands behind # is for the eye."""
    return bytes.fromhex("".join(line.partition("#")[0] for line in BLOCKS[name].splitlines()))


def test_every_example_is_in_the_document_once() -> None:
    assert BLOCKS.keys() == computed().keys()
    assert TEXT.count(" example=") == len(BLOCKS)


@pytest.mark.parametrize("name", sorted(BLOCKS.keys() - COMPRESSED))
def test_example_is_what_the_code_computes(name: str) -> None:
    assert BLOCKS[name] == computed()[name]


def test_compressed_examples_inflate_to_what_the_code_inflates_to() -> None:
    token, version = read_text("".join(BLOCKS["qr-text"].split()))
    assert (token, version) == (hexes("qr-cose"), 1)
    assert read_text("".join(computed()["qr-text"].split())) == (token, 1)
    stream = zlib.decompressobj(-15, zdict=DICTIONARIES[1])
    assert stream.decompress(hexes("qr-body")) == token
    ours, theirs = (json.loads(source["status-payload"]) for source in (BLOCKS, computed()))
    array = zlib.decompress(unb64u(ours["status_list"]["lst"]))
    assert array == zlib.decompress(unb64u(theirs["status_list"]["lst"]))
    assert sha256(array).hexdigest() in BLOCKS["status-array"]
    assert {**ours, "status_list": 0} == {**theirs, "status_list": 0}


def test_the_w3c_lists_of_the_example_set_one_bit() -> None:
    for line in BLOCKS["bitstring"].splitlines():
        purpose, encoded = line.split(": u")
        bits = gzip.decompress(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        assert len(bits) == 16384
        assert (bits[512] == 0x40) == (purpose == "suspension")
        assert sum(bits[:512]) + sum(bits[513:]) == (0 if purpose == "suspension" else sum(bits) - bits[512])


def test_the_token_of_the_example_reads_and_verifies() -> None:
    kid8, claims, signature, signed = open_sign1(hexes("qr-cose"), b"hallmark/qr/1")
    require_claims(claims)
    assert claims == cbor(hexes("qr-payload"))
    assert signed == hexes("qr-sig-structure")
    assert sha256(signed).digest() == hexes("qr-digest") == cbor(hexes("entry-credential"))[5]
    assert verifies(json.loads(BLOCKS["issuer-jwk"]), signature, signed)
    assert kid8.hex() in BLOCKS["thumbprint"]


def test_the_document_of_the_example_has_the_digests_shown() -> None:
    payload = json.dumps(json.loads(BLOCKS["document-payload"]), ensure_ascii=False, separators=(",", ":")).encode()
    header = BLOCKS["document-header"].strip().encode()
    signing_input = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, payload))
    assert sha256(payload).hexdigest() in BLOCKS["document-facts"]
    assert sha256(signing_input).hexdigest() in BLOCKS["document-facts"]
    assert sha256(signing_input).digest() == cbor(hexes("entry-credential"))[6]


def test_the_number_of_the_example_carries_its_check_character() -> None:
    body, check = BLOCKS["number"].strip().split(" -> ")
    assert is_number(body + check)
    assert not is_number(body + ("0" if check != "0" else "1"))


def test_the_tree_of_the_example_grows_from_its_leaves() -> None:
    leaves = [bytes.fromhex(line.split()[1]) for line in BLOCKS["leaf-hashes"].splitlines()]
    names = ("entry-roots", "entry-key", "entry-list", "entry-credential", "entry-status")
    for at, name in zip((0, 1, 2, 3, 5), names, strict=True):
        assert leaves[at] == sha256(b"\0" + hexes(name)).digest()
    root = tree_root(leaves)
    assert root.hex() in BLOCKS["tree"]
    assert base64.b64encode(root).decode() in BLOCKS["checkpoint"]
    assert root == hexes("cosigned-message")[-32:]


def test_the_event_of_the_example_keeps_its_commitments() -> None:
    _, entry, salt, detail = cbor(hexes("event-record"))
    assert entry == hexes("entry-status")
    assert cbor(entry)[7] == sha256(salt + detail).digest()
    assert open_sign1(detail, b"hallmark/status/1")[1] == cbor(hexes("detail-payload"))
    file = sha256(b"\0" + hexes("event-file")).hexdigest()
    nothing = sha256(b"\0").hexdigest()
    root = tree_root([bytes.fromhex(file if block == 1 else nothing) for block in range(32)])
    assert BLOCKS["events-root"] == f"file 1: {file}\nno file: {nothing}\nroot: {root.hex()}\n"


def test_the_dictionary_file_is_the_dictionary() -> None:
    data = (DOCUMENT.parent / "dictionary-1.bin").read_bytes()
    assert data == DICTIONARIES[1]
    assert BLOCKS["dictionary"] == f"{len(data)} bytes\nSHA-256 {sha256(data).hexdigest()}\n"


def test_the_limits_are_those_of_the_code() -> None:
    rows = LIMIT.findall(TEXT)
    assert len(rows) == 36
    for number, module, name in rows:
        assert getattr(import_module(module), name) == int(number), name


def test_the_tables_of_labels_are_those_of_the_code() -> None:
    from credentials.claims import AWARD_LABELS, AWARD_PROPERTIES

    shown = {int(number) for number in re.findall(r"^\| (\d+) \| (?:text|16 bytes|integer) \|", TEXT, re.MULTILINE)}
    used = set(range(1, 11)) | {label for labels in AWARD_LABELS.values() for label in labels.values()}
    assert shown == used
    for properties in AWARD_PROPERTIES.values():
        assert all(f"`{name}`" in TEXT for name in properties.values())


def test_the_words_of_section_3_are_those_of_the_code() -> None:
    from credentials.kinds import CATEGORIES, KINDS, LEVELS, STATION_KINDS, WAYS

    prose = " ".join(TEXT.split())
    for words in (CATEGORIES, LEVELS, STATION_KINDS, WAYS):
        assert ", ".join(words) in prose
    assert all(kind in TEXT for kind in KINDS)


def test_the_table_of_events_is_that_of_the_code() -> None:
    from registry.events import EVENTS

    rows = re.findall(r"^\| `([a-z]+)` \S+ \| (\d) \| ([\d, ]+) \|", TEXT, re.MULTILINE)
    assert {name: (int(status), {int(one) for one in follows.split(", ")}) for name, status, follows in rows} == {
        name: (event.status, set(event.follows)) for name, event in EVENTS.items()
    }


def test_the_paths_of_the_published_folder_are_those_of_the_code(published) -> None:
    section = TEXT[TEXT.index("## 11 Published folder") : TEXT.index("## 12 Offline bundle")]
    shown = [re.escape(path) for path in re.findall(r"`([a-z/<>.\[\]-]+)`", section)]
    patterns = [re.sub(r"<[a-z]+>", "[0-9a-z/-]+", path.replace(r"\[\.p/<w>\]", r"(\.p/[0-9]+)?")) for path in shown]
    files = [file.relative_to(published.folder).as_posix() for file in published.folder.rglob("*") if file.is_file()]
    files = [file for file in files if not file.startswith(".publishing/")]
    assert len(files) > 256
    files.append(BUNDLE)  # laid out beside by the process that publishes (hallmark.bundling)
    for file in files:
        assert any(re.fullmatch(pattern, file) for pattern in patterns), file
    for pattern in patterns:
        assert any(re.fullmatch(pattern, file) for file in files), pattern
