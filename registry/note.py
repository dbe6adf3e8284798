"""Reads and names the parts of a signed note (c2sp.org/signed-note): text, signature lines, key names, ids, vkeys.

Ends before meaning: which text may be signed, and what each signature type signs, stands in `registry.checkpoint`.
"""

import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from keys.algorithms import Algorithm, PublicKey
from keys.errors import KeysError
from registry.errors import CheckpointForged, NoteInvalid

ED25519 = 0x01
COSIGNATURE_ED25519 = 0x04
COSIGNATURE_ML_DSA_44 = 0x06
MAX_SIGNATURES = 16
MAX_NOTE_BYTES = 128 * 1024
MAX_NAME_BYTES = 255

_DASH = "\u2014 "
_ALGORITHM_OF = {
    ED25519: Algorithm.ED25519,
    COSIGNATURE_ED25519: Algorithm.ED25519,
    COSIGNATURE_ML_DSA_44: Algorithm.ML_DSA_44,
}


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key under a name and for one signature type (0x01, 0x04 or 0x06)."""

    name: str
    kind: int
    public_key: PublicKey

    def __post_init__(self) -> None:
        require_name(self.name)
        if _ALGORITHM_OF.get(self.kind) is not self.public_key.algorithm:
            raise NoteInvalid(reason="signature type does not fit the key", kind=self.kind)

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || 0x0A || type || public key)[:4]."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key.raw).digest()[:4]

    def to_vkey(self) -> str:
        """Return `<name>+<hex id>+<base64(type || public key)>`."""
        return f"{self.name}+{self.key_id.hex()}+{b64(bytes([self.kind]) + self.public_key.raw)}"

    @classmethod
    def from_vkey(cls, text: str) -> "NoteKey":
        """Read a vkey of a type we know; raises NoteInvalid, also when the id is not the key's."""
        name, _, rest = text.partition("+")
        key_id, _, material = rest.partition("+")
        raw = unb64(material)
        algorithm = _ALGORITHM_OF.get(raw[0]) if raw else None
        if algorithm is None:
            raise NoteInvalid(reason="vkey type")
        try:
            key = cls(name, raw[0], PublicKey.from_raw(algorithm, raw[1:]))
        except KeysError as error:
            raise NoteInvalid(reason="vkey key") from error
        if key.key_id.hex() != key_id:
            raise NoteInvalid(reason="vkey id")
        return key


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature line: the key's name, its 4-byte id, and the signature bytes behind it."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {b64(self.key_id + self.signature)}\n"

    def is_of(self, key: NoteKey) -> bool:
        """Tell whether the line claims to be this key's; name and id must both match."""
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True, slots=True)
class Note:
    """A note's text, with its final newline, and its signature lines, none of them verified."""

    text: bytes
    lines: tuple[SignatureLine, ...]

    def signatures_of(self, key: NoteKey) -> list[bytes]:
        """Return the signature bytes that stand under this key's name and id."""
        return [line.signature for line in self.lines if line.is_of(key)]


def read_note(data: bytes) -> Note:
    """Split a signed note into text and signature lines; raises NoteInvalid. Verifies nothing."""
    if len(data) > MAX_NOTE_BYTES:
        raise NoteInvalid(reason="too long", limit=MAX_NOTE_BYTES)
    text, blank, signatures = _decoded(data).rpartition("\n\n")
    lines = signatures.split("\n")
    if not blank or not text or lines.pop() != "" or not 1 <= len(lines) <= MAX_SIGNATURES:
        raise NoteInvalid(reason="text or signature lines")
    return Note((text + "\n").encode(), tuple(_read_line(line) for line in lines))


def verify_text(note: Note, key: NoteKey) -> None:
    """Check the plain Ed25519 (0x01) signatures of `key` over the note's text.

    Raises CheckpointForged when there is none, or one that does not verify.
    """
    signatures = note.signatures_of(key)
    if key.kind != ED25519 or not signatures:
        raise CheckpointForged(name=key.name)
    for signature in signatures:
        verify(key, signature, note.text)


def verify(key: NoteKey, signature: bytes, message: bytes) -> None:
    """Check one signature of a known key; raises CheckpointForged."""
    try:
        key.public_key.verify(signature, message)
    except KeysError as error:
        raise CheckpointForged(name=key.name) from error


def require_name(name: str) -> None:
    """Raise NoteInvalid unless `name` may name a key: 1 to 255 bytes, no space, no plus, no control character."""
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        length = 0
    if not 1 <= length <= MAX_NAME_BYTES or any(c == "+" or c.isspace() or ord(c) < 0x20 for c in name):
        raise NoteInvalid(reason="name")


def b64(data: bytes) -> str:
    """Return the padded standard base64 (RFC 4648 section 4) of `data`."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def unb64(text: str) -> bytes:
    """Return the bytes of canonical, padded standard base64; raises NoteInvalid."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise NoteInvalid(reason="base64") from error
    if b64(data) != text:
        raise NoteInvalid(reason="base64")
    return data


_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def _decoded(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise NoteInvalid(reason="encoding") from error
    if _CONTROL.search(text):
        raise NoteInvalid(reason="control character")
    return text


def _read_line(line: str) -> SignatureLine:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise NoteInvalid(reason="signature line")
    require_name(name)
    raw = unb64(encoded)
    if len(raw) < 5:
        raise NoteInvalid(reason="signature length")
    return SignatureLine(name, raw[:4], raw[4:])
