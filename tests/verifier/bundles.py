"""Offline bundles, honest ones and others: written, repacked and asked."""

import io
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from keys.jws import sign_compact
from keys.rotation import Purpose
from keys.strictjson import dumps
from registry.bundle import TYP, Bundle, BundleInvalid, Manifest, open_bundle
from tests.verifier.published_world import World
from verifier.check import check
from verifier.gather import Gatherer
from verifier.policy import OFFLINE
from verifier.verdict import Verdict


def trusted(world: World, bundle: Bundle, now: int) -> Manifest:
    return bundle.trust(world.roots.key_set(Purpose.BUNDLE), now)


def asked(world: World, file: Path, name: str, *, now: int | None = None) -> Verdict:
    """The verdict on a certificate with nothing but the bundle."""
    moment = world.rotated_at if now is None else now
    with open_bundle(file) as bundle:
        trusted(world, bundle, moment)
        gatherer = Gatherer(bundle, world.roots, lambda: moment, policy=OFFLINE)
        return check(world[name].text, gatherer.evidence_for(world[name].text), OFFLINE, now=moment)


def repacked(written: bytes, file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A bundle whose members were exchanged; its manifest is as it was unless the change says otherwise."""
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def repacked_from(members: dict[str, bytes], file: Path, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def manifest_over(members: dict[str, bytes], signer: object, *, exp: int = 1 << 40, **entries: object) -> bytes:
    """A signed manifest over these members, some of its entries untrue."""
    listed: dict[str, object] = {name: [len(data), sha256(data).hexdigest()] for name, data in members.items()}
    payload = dumps({"made": 1, "exp": exp, "members": listed | entries})
    return sign_compact(payload, signer, typ=TYP).encode()  # type: ignore[arg-type]  # a Signer


def refused(file: Path) -> str:
    with pytest.raises(BundleInvalid) as invalid, open_bundle(file):
        pass
    return str(invalid.value.params["defect"])
