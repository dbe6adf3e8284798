"""T07: a bit that flips anywhere between approving and publishing is met before a checkpoint is signed over it, or shown."""

import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import credentials.envelope
import issuers.issue
import issuers.ledger
import issuers.reopened
import registry.log
import registry.publish
import registry.shelf
from credentials.kinds import Kind
from hallmark.house import House
from issuers.cli import check_file
from issuers.errors import IssuersError
from keys.errors import KeysError
from registry.checkpoint import Checkpoint
from registry.errors import RegistryError
from registry.tiles import Growth
from tests.hallmark.conftest import opened, rows_of

ROWS = 6
FLIPS = int(os.environ.get("HALLMARK_FLIPS", "1"))  # different bits at each place
CAUGHT = (IssuersError, RegistryError, KeysError)


class Flip:
    """One bit of one value, the first that comes by after `armed`."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.done = False

    def of(self, data: bytes) -> bytes:
        if self.done:
            return data
        self.done = True
        spoiled = bytearray(data)
        spoiled[self._chance.randrange(len(data))] ^= 1 << self._chance.randrange(8)
        return bytes(spoiled)

    def of_text(self, text: str) -> str:
        """Of an ASCII text: still one, so that it goes on."""
        if self.done:
            return text
        self.done = True
        at = self._chance.randrange(len(text))
        return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


Hook = Callable[[pytest.MonkeyPatch, Flip], None]


def before(module: Any, name: str, change: Callable[..., tuple]) -> Callable[..., Any]:
    """The function with its arguments changed on the way in."""
    real = getattr(module, name)
    return lambda *args, **named: real(*change(*args), **named)


def after(module: Any, name: str, change: Callable[[Any], Any]) -> Callable[..., Any]:
    """The function with its answer changed on the way out."""
    real = getattr(module, name)
    return lambda *args, **named: change(real(*args, **named))


def incoming(module: Any, name: str, change: Callable[[Flip], Callable[..., tuple]]) -> Hook:
    return lambda patch, flip: patch.setattr(module, name, before(module, name, change(flip)))


def outgoing(module: Any, name: str, change: Callable[[Flip], Callable[[Any], Any]]) -> Hook:
    return lambda patch, flip: patch.setattr(module, name, after(module, name, change(flip)))


def flipped_name(flip: Flip) -> Callable[..., tuple]:
    def change(credential: Any, *rest: Any) -> tuple:
        name = credential.holder.name
        if flip.done:
            return credential, *rest
        flip.done = True
        return replace(credential, holder=replace(credential.holder, name=chr(ord(name[0]) ^ 1) + name[1:])), *rest

    return change


def flipped_member(member: str) -> Callable[[Flip], Callable[[Any], Any]]:
    def of(flip: Flip) -> Callable[[Any], Any]:
        def change(sealed: Any) -> Any:
            value = getattr(sealed, member)
            return replace(sealed, **{member: flip.of_text(value) if isinstance(value, str) else flip.of(value)})

        return change

    return of


def flipped_entry(flip: Flip) -> Callable[[Any], Any]:
    return lambda body: flip.of(body) if body[:2] == b"\x87\x01" else body  # a certificate's


def flipped_tile(flip: Flip) -> Callable[[Growth], Growth]:
    def change(grown: Growth) -> Growth:
        place = max(grown.tiles)
        return replace(grown, tiles={**grown.tiles, place: flip.of(grown.tiles[place])})

    return change


def flipped_stored(flip: Flip) -> Callable[..., tuple]:
    return lambda connection, first, bodies, tiles: (connection, first, [flip.of(bodies[0]), *bodies[1:]], tiles)


def flipped_checkpoint(flip: Flip) -> Callable[..., tuple]:
    def change(checkpoint: Checkpoint, *rest: Any) -> tuple:
        return replace(checkpoint, root=flip.of(checkpoint.root)), *rest

    return change


def flipped_first(flip: Flip) -> Callable[..., tuple]:
    return lambda data, *rest: (flip.of(data), *rest)


def flipped_answer(flip: Flip) -> Callable[[Any], Any]:
    return flip.of


ON_THE_WAY: dict[str, Hook] = {
    "approved, before it is sealed": incoming(issuers.issue, "seal", flipped_name),
    "the token's content, before it is signed": incoming(credentials.envelope, "sign1", flipped_first),
    "the document's content, before it is signed": incoming(credentials.envelope, "sign_compact", flipped_first),
    "the token, after it was signed": outgoing(issuers.issue, "seal", flipped_member("token")),
    "the document, after it was signed": outgoing(issuers.issue, "seal", flipped_member("document")),
    "the token's digest": outgoing(issuers.reopened, "read_token", flipped_member("digest")),
    "the document's digest": outgoing(issuers.reopened, "read_document", flipped_member("digest")),
    "the entry, while it is encoded": outgoing(registry.log, "encode", flipped_entry),
    "the leaf hash": outgoing(registry.log, "leaf_hash", flipped_answer),
    "a tile": outgoing(registry.log, "grow", flipped_tile),
    "the root": outgoing(registry.log, "grow", flipped_member("root")),
    "the entry, while it is stored": incoming(registry.log, "_store", flipped_stored),
    "the root, before it is signed": incoming(registry.log, "sign", flipped_checkpoint),
    "the note, after it was signed": outgoing(registry.log, "sign", flipped_answer),
}


def issue(house: House) -> None:
    file = house.settings.home / "rows.csv"
    file.write_text(rows_of("titles.csv", slice(ROWS)), "utf-8")
    rows = check_file(house, file, Kind.TITLE)
    for _ in house.issuing_desk.issue(rows, kind="title", source="titles.csv"):
        pass


@pytest.mark.parametrize("place", ON_THE_WAY)
@pytest.mark.parametrize("seed", range(FLIPS))
def test_a_bit_that_flips_on_the_way_is_met_before_a_checkpoint_is_signed(
    founded: Path, monkeypatch: pytest.MonkeyPatch, place: str, seed: int
) -> None:
    house, flip = opened(founded), Flip(seed)
    head = house.recorder.head()
    with monkeypatch.context() as patch:
        ON_THE_WAY[place](patch, flip)
        with pytest.raises(CAUGHT):
            issue(house)
    assert flip.done
    assert house.recorder.head() == head
    assert list(house.ledger.records()) == []


def test_a_bit_that_flips_in_the_ledger_is_met_before_anything_is_registered(
    founded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, flip = opened(founded), Flip(1)
    head, lock = house.recorder.head(), issuers.ledger.Ledger._lock

    def spoiled(self: object, certificate: Any) -> dict[str, object]:
        return lock(self, replace(certificate, token=flip.of(certificate.token)))

    monkeypatch.setattr(issuers.ledger.Ledger, "_lock", spoiled)
    with pytest.raises(CAUGHT):
        issue(house)
    assert house.recorder.head() == head
    monkeypatch.undo()
    with pytest.raises(CAUGHT):  # nor is it finished afterwards: what is stored is not what the key has signed
        house.issuing_desk.resume()
    assert house.recorder.head() == head


def test_a_signature_with_a_flipped_bit_registers_nothing(founded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = opened(founded)
    head, flip, signer_of = house.recorder.head(), Flip(2), House.signer_of

    class Faulty:
        def __init__(self, signer: Any) -> None:
            self.public_key, self._signer = signer.public_key, signer

        def sign(self, message: bytes) -> bytes:
            return flip.of(self._signer.sign(message))

    monkeypatch.setattr(House, "signer_of", lambda self, code: Faulty(signer_of(self, code)))
    with pytest.raises(CAUGHT):
        issue(house)
    assert flip.done
    assert house.recorder.head() == head


IN_PUBLISHING: dict[str, Hook] = {
    "a bundle": outgoing(registry.publish, "encode_bundle", flipped_answer),
    "an entry read for publishing": outgoing(
        registry.publish, "stored_bodies", lambda flip: lambda bodies: [flip.of(bodies[0]), *bodies[1:]]
    ),
    "a file on its way to the disk": incoming(
        registry.shelf, "replace_file", lambda flip: lambda path, data: (path, flip.of(data))
    ),
}


@pytest.mark.parametrize("place", IN_PUBLISHING)
@pytest.mark.parametrize("seed", range(FLIPS))
def test_a_bit_that_flips_while_publishing_is_met_before_the_checkpoint_is_shown(
    founded: Path, monkeypatch: pytest.MonkeyPatch, place: str, seed: int
) -> None:
    house, flip = opened(founded), Flip(seed)
    issue(house)
    shown = (house.settings.public / "checkpoint").read_bytes()
    with monkeypatch.context() as patch:
        IN_PUBLISHING[place](patch, flip)
        with pytest.raises(CAUGHT):
            house.publish()
    assert flip.done
    assert (house.settings.public / "checkpoint").read_bytes() == shown
    house.publish()
    assert (house.settings.public / "checkpoint").read_bytes() != shown


def test_without_a_flip_every_hook_lets_a_batch_through(founded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, flip = opened(founded), Flip(0)
    flip.done = True
    for hook in (*ON_THE_WAY.values(), *IN_PUBLISHING.values()):
        hook(monkeypatch, flip)
    issue(house)
    house.publish()
    assert len(list(house.ledger.records())) == ROWS
