"""Offline bundles: a ZIP of published files under one signed manifest, so that a verifier works without a network.

The manifest is a JWS (typ `hallmark-bundle+jwt`, key purpose `bundle`): `{"made", "exp", "members": {path: [bytes, sha256 hex]}}`.
The signature vouches for the collection; every artifact inside still carries its own. Roots documents stand outside the
manifest's trust: a verifier walks them from the roots it has before it believes the manifest.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from keys.errors import KeysError
from keys.jws import read_compact, sign_compact
from keys.roots import KeySet
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry.errors import RegistryError

TYP: Final = "hallmark-bundle+jwt"
MANIFEST: Final = "manifest.jwt"
LIFETIME: Final = 7 * 86_400
MAX_MEMBER: Final = 4 * 1024 * 1024
MAX_MANIFEST: Final = 8 * 1024 * 1024
MAX_MEMBERS: Final = 100_000
MAX_READ: Final = MAX_MANIFEST + 64 * 1024
"""Bytes of the file that are ever read at once; its table of contents is read in one piece and may not be longer."""
_ALWAYS: Final = ("checkpoint", "roots", "lists", "status", "events")
_ON_REQUEST: Final = ("tile", "hints")
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # other packings may demand memory before they give a byte
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


class BundleInvalid(RegistryError):
    """Not a bundle, or its manifest does not hold. Params: defect."""

    code = "registry.bundle_invalid"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle promises: when it was made, until when it may be used (UNIX seconds), and each member's size and digest."""

    made: int
    expires: int
    members: dict[str, tuple[int, str]]


def write_bundle(folder: Path, target: Path, signer: Signer, now: int, *, with_tiles: bool) -> Manifest:
    """Write a bundle of the published `folder` to `target`, atomically; tiles, entries and hints only `with_tiles`.

    Raises `BundleInvalid` rather than write what no verifier would open.
    """
    chosen = _ALWAYS + (_ON_REQUEST if with_tiles else ())
    members: dict[str, tuple[int, str]] = {}
    temporary = target.with_name(target.name + ".part")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder, chosen):
            data = (folder / path).read_bytes()
            members[path] = (len(data), sha256(data).hexdigest())
            archive.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
        manifest = Manifest(now, now + LIFETIME, members)
        signed = _sign(manifest, signer)
        archive.writestr(zipfile.ZipInfo(MANIFEST), signed, zipfile.ZIP_DEFLATED)
    largest = max((size for size, _ in members.values()), default=0)
    if len(members) >= MAX_MEMBERS or len(signed) > MAX_MANIFEST or largest > MAX_MEMBER:
        temporary.unlink()
        raise BundleInvalid(defect="too_large")
    temporary.replace(target)
    return manifest


def _files(folder: Path, chosen: Iterable[str]) -> Iterator[str]:
    for top in chosen:
        start = folder / top
        found = [start] if start.is_file() else sorted(start.rglob("*"))
        yield from (file.relative_to(folder).as_posix() for file in found if file.is_file())


def _sign(manifest: Manifest, signer: Signer) -> str:
    members = {path: [size, digest] for path, (size, digest) in manifest.members.items()}
    payload = {"made": manifest.made, "exp": manifest.expires, "members": members}
    return sign_compact(dumps(payload), signer, typ=TYP)


class Bundle:
    """An open bundle. Until `trust` has verified the manifest only `roots` may be read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = frozenset(archive.namelist())
        self._members: dict[str, tuple[int, str]] = {}

    def roots(self, version: int) -> bytes | None:
        """Return a roots document as it lies there; it proves itself or not (`keys.roots.walk`)."""
        return self._member(f"roots/{version}.json", 256 * 1024)

    def trust(self, keys: KeySet, now: int) -> Manifest:
        """Verify the manifest under one of the bundle `keys`; raise `BundleInvalid`."""
        data = self._member(MANIFEST, MAX_MANIFEST)
        if data is None:
            raise BundleInvalid(defect="manifest_missing")
        try:
            manifest = _open_manifest(data, keys)
        except (KeysError, KeyError, TypeError, ValueError, AttributeError):
            raise BundleInvalid(defect="manifest_broken") from None
        if manifest.expires <= now:
            raise BundleInvalid(defect="expired")
        self._members = manifest.members
        return manifest

    def read(self, path: str) -> bytes | None:
        """Return a member whose size and digest are those of the trusted manifest, else None."""
        size, digest = self._members.get(path, (-1, ""))
        if not 0 <= size <= MAX_MEMBER:
            return None
        data = self._member(path, size)
        return data if data is not None and sha256(data).hexdigest() == digest else None

    def _member(self, path: str, limit: int) -> bytes | None:
        """At most `limit` bytes of a member; None when it is absent, longer, or does not unpack."""
        if path not in self._names or self._archive.getinfo(path).compress_type not in _PACKED:
            return None
        try:
            with self._archive.open(path) as member:
                data = member.read(limit + 1)
        except _BROKEN:
            return None
        return data if len(data) <= limit else None


def _open_manifest(data: bytes, keys: KeySet) -> Manifest:
    jws = read_compact(data, typ=TYP, max_bytes=MAX_MANIFEST)
    key = next((key for key in keys.keys if key.kid == jws.kid), None)
    if key is None:
        raise BundleInvalid(defect="key_unknown")
    jws.verify(key)
    claims = loads(jws.payload, max_bytes=MAX_MANIFEST)
    members = {str(path): (int(size), str(digest)) for path, (size, digest) in claims["members"].items()}
    return Manifest(int(claims["made"]), int(claims["exp"]), members)


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a bundle file for reading; raise `BundleInvalid` when it is no ZIP or has too many members."""
    with ExitStack() as opened:
        try:
            archive = opened.enter_context(zipfile.ZipFile(opened.enter_context(_Bounded(path))))
        except _BROKEN:
            raise BundleInvalid(defect="not_a_bundle") from None
        if len(archive.infolist()) > MAX_MEMBERS:
            raise BundleInvalid(defect="too_many_members")
        yield Bundle(archive)


class _Bounded(io.FileIO):
    """The file as `zipfile` reads it: what it would have to hold in memory at once is limited."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return at most `size` bytes; raise `BadZipFile` for more than `MAX_READ`."""
        if size is not None and size > MAX_READ:
            raise zipfile.BadZipFile
        return super().read(size) or b""
