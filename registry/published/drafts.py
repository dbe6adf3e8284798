"""A list on its way from one custodian to the next: the next version, the signatures so far, and for trust the shards.

A draft is a file that people send each other. It is worth nothing until enough publishers have signed it: nobody trusts
what it says of itself, and what is signed is the list, never the draft. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from keys.b64 import b64u, unb64u
from keys.errors import KeysError, SignerRepeated
from keys.jws import add_signature, read_general, sign_general
from keys.roots import KeySet
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry.bodies import write_shard
from registry.errors import DraftInvalid, DraftStale, NotAPublisher, RegistryError
from registry.lists import MAX_LIST_BYTES, TYP, PublishedList, read_payload
from registry.trust import SHARDS, TrustList

MAX_DRAFT_BYTES: Final = 32 << 20
_FORM: Final = "hallmark-list-draft/1"
_EMPTY_SHARD: Final = write_shard([], [], [])


@dataclass(frozen=True, slots=True)
class Draft:
    """The next version of a list, with the signatures it has so far (`sealed`, None for none) and its trust shards."""

    listed: PublishedList
    sealed: bytes | None = None
    shards: Mapping[int, bytes] = field(default_factory=dict)

    def signers(self, keys: KeySet) -> frozenset[str]:
        """Return the thumbprints of the publishers among `keys` who have really signed."""
        if self.sealed is None:
            return frozenset()
        return read_general(self.sealed, typ=TYP, max_bytes=MAX_LIST_BYTES).verified_by(keys.keys)

    def signed(self, signer: Signer, keys: KeySet) -> "Draft":
        """Return the draft with one more publisher's signature. The caller has shown it to that person.

        Raises NotAPublisher for a key that is none of `keys`, SignerRepeated for one that has signed already.
        """
        kid = signer.public_key.kid
        if kid not in {key.kid for key in keys.keys}:
            raise NotAPublisher(kid=kid, name=self.listed.name)
        if kid in self.signers(keys):
            raise SignerRepeated(kid=kid)
        if self.sealed is None:
            return replace(self, sealed=sign_general(self.listed.payload(), [signer], typ=TYP))
        return replace(self, sealed=add_signature(self.sealed, signer, typ=TYP, max_bytes=MAX_LIST_BYTES))

    def require_next(self, newest: PublishedList | None) -> None:
        """Raise DraftStale unless the draft follows `newest`, the highest version there is."""
        follows = (1, None) if newest is None else (newest.version + 1, newest.digest)
        if (self.listed.version, self.listed.prev) != follows:
            raise DraftStale(name=self.listed.name, version=self.listed.version, expected=follows[0])

    def to_bytes(self) -> bytes:
        """Return the draft's file."""
        shards = {f"{byte:02x}": text.decode() for byte, text in sorted(self.shards.items()) if text != _EMPTY_SHARD}
        signatures = [] if self.sealed is None else loads(self.sealed, max_bytes=MAX_LIST_BYTES)["signatures"]
        payload = b64u(self.listed.payload())
        return dumps({"form": _FORM, "payload": payload, "signatures": signatures, "shards": shards}) + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> "Draft":
        """Read a draft's file; raises DraftInvalid. Verifies no signature; trust shards must be those of the list."""
        try:
            return _read(loads(data, max_bytes=MAX_DRAFT_BYTES))
        except (KeysError, RegistryError, UnicodeEncodeError) as error:
            raise DraftInvalid(reason=getattr(error, "code", "text")) from error


def _read(members: Any) -> Draft:
    if not isinstance(members, dict) or members.keys() != {"form", "payload", "signatures", "shards"}:
        raise DraftInvalid(reason="members")
    if members["form"] != _FORM or not isinstance(members["payload"], str) or not isinstance(members["shards"], dict):
        raise DraftInvalid(reason="form")
    payload = unb64u(members["payload"])
    listed = read_payload(payload, _name_in(payload))
    sealed = None
    if members["signatures"] != []:
        sealed = dumps({"payload": members["payload"], "signatures": members["signatures"]})
        read_general(sealed, typ=TYP, max_bytes=MAX_LIST_BYTES)
    return Draft(listed, sealed, _shards(listed, members["shards"]))


def _name_in(payload: bytes) -> str:
    whole = loads(payload, max_bytes=MAX_LIST_BYTES)
    name = whole.get("name") if isinstance(whole, dict) else None
    if not isinstance(name, str):
        raise DraftInvalid(reason="name")
    return name


def _shards(listed: PublishedList, texts: Mapping[str, Any]) -> Mapping[int, bytes]:
    if listed.name != "trust":
        if texts:
            raise DraftInvalid(reason="shards")
        return {}
    if not all(isinstance(text, str) for text in texts.values()):
        raise DraftInvalid(reason="shards")
    known = {f"{byte:02x}": byte for byte in range(SHARDS)}
    if not texts.keys() <= known.keys():
        raise DraftInvalid(reason="shards")
    shards = dict.fromkeys(range(SHARDS), _EMPTY_SHARD) | {known[n]: text.encode() for n, text in texts.items()}
    TrustList.from_manifest(listed.content, shards)
    return shards


def next_version(  # noqa: PLR0913 - a version and its three dates, each by its name
    newest: PublishedList | None, name: str, content: dict[str, Any], *, now: int, effective: int, expires: int
) -> PublishedList:
    """Return the version of a list that follows `newest` (None: the first). Times are UNIX seconds. Raises ListInvalid."""
    version, prev = (1, None) if newest is None else (newest.version + 1, newest.digest)
    return PublishedList(name, version, prev, now, effective, expires, content)
