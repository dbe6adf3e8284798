"""The next version of the roots document: drafted from the newest one and an edit, signed by custodians, recorded.

Custodians sign one after the other, each on a machine of his own; the draft travels as a file.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hallmark.errors import RootsEditInvalid
from hallmark.house import House
from keys.errors import KeysError
from keys.jwk import to_jwk
from keys.jws import add_signature, read_general, sign_general
from keys.roots import MAX_BYTES, TYP, Roots, from_json, open_roots, to_json
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry.errors import NoteInvalid
from registry.files import replace_file
from registry.note import COSIGNATURE_ED25519, NoteKey
from verifier.gather import FolderSource, walk_roots

LIFETIME: Final = 2 * 365 * 86_400
_EDITABLE: Final = frozenset({"expires", "hosts", "witnesses", "witness_threshold", "custodians", "purposes"})


def newest_roots(house: House) -> Roots:
    """Return the newest roots document that this house has published, walked to from the one it trusts."""
    return walk_roots(FolderSource(house.settings.public), house.trusted_roots(), house.clock())


def draft(roots: Roots, edit: Mapping[str, Any], now: int) -> bytes:
    """Return the payload of the version after `roots`: issued now, for two years, with the members of `edit` exchanged.

    A member of `witnesses` may be a vkey. Raises RootsEditInvalid, RootsMalformed, RootsKeyReused.
    """
    unknown = edit.keys() - _EDITABLE
    if unknown:
        raise RootsEditInvalid(member=min(unknown))
    members = loads(to_json(roots), max_bytes=MAX_BYTES)
    members |= {"version": roots.version + 1, "issued": now, "expires": now + LIFETIME, **edit}
    if "witnesses" in edit:
        members["witnesses"] = [_witness(each) for each in edit["witnesses"]]
    return to_json(from_json(dumps(members)))


def with_witnesses(roots: Roots, add: Sequence[str], drop: Sequence[str]) -> list[Any]:
    """Return the `witnesses` of an edit: those of `roots` without the names in `drop`, and the vkeys in `add`."""
    names = {one.name for one in roots.witnesses}
    if missing := set(drop) - names:
        raise RootsEditInvalid(member=min(missing))
    kept = [{"name": one.name, "ed25519": to_jwk(one.ed25519)} for one in roots.witnesses if one.name not in drop]
    return [*kept, *add]


def _witness(told: Any) -> Any:
    if not isinstance(told, str):
        return told
    try:
        key = NoteKey.from_vkey(told)
    except NoteInvalid:
        raise RootsEditInvalid(member="witnesses") from None
    if key.kind != COSIGNATURE_ED25519:
        raise RootsEditInvalid(member="witnesses")
    return {"name": key.name, "ed25519": to_jwk(key.public_key)}


def content_of(document: bytes) -> Roots:
    """Return what a draft or a signed document says; verifies nothing. Raises as `from_json` and `read_general`."""
    try:
        return from_json(document)
    except KeysError:
        return from_json(read_general(document, typ=TYP, max_bytes=MAX_BYTES).payload)


def sign(document: bytes, signer: Signer) -> bytes:
    """Return a draft, or a document that others have signed, with the signature of `signer` added."""
    try:
        from_json(document)
    except KeysError:
        return add_signature(document, signer, typ=TYP, max_bytes=MAX_BYTES)
    return sign_general(document, [signer], typ=TYP)


def changed(before: Roots, after: Roots) -> dict[str, tuple[Any, Any]]:
    """Return member -> (before, after) of everything that differs: what a custodian reads before he signs."""
    old, new = (loads(to_json(each), max_bytes=MAX_BYTES) for each in (before, after))
    return {member: (old[member], new[member]) for member in new if old[member] != new[member]}


def record(house: House, signed: bytes) -> Roots:
    """Record the next roots in the log, make them this house's own, and publish. Raises what `open_roots` raises."""
    roots = open_roots(signed, trusted=newest_roots(house))
    house.recorder.publish_roots(signed)
    replace_file(house.settings.roots_file, signed, durable=True)
    House(house.settings, house.clock).publish()  # whatever was opened under the roots before is left behind
    return roots


def draft_file(file: Path) -> bytes:
    """Return a draft's or a document's bytes, at most `MAX_BYTES`."""
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)
