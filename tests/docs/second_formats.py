"""Reads the published folder as sections 5 to 12 of docs/formats.md say. Part of the second verifier; nothing of the rooms."""

import base64
import re
import zlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from tests.docs.second_encodings import (
    GapError,
    cbor,
    compact,
    general,
    hold,
    strict_json,
    thumbprint,
    unb64u,
    verifies,
)

Read = Callable[[str], bytes | None]


# formats 5 to 10: the evidence -------------------------------------------------------------------------------------


class Evidence:
    """Published files under one roots document; every method raises GapError for what is missing or does not hold."""

    def __init__(self, read: Read, roots_document: bytes) -> None:
        own = strict_json(unb64u(strict_json(roots_document)["payload"]))
        general(roots_document, "hallmark-roots+json", own["custodians"])
        self.roots, self._read = own, read
        self._trust_entry: list[Any] = []

    def file(self, path: str) -> bytes:
        data = self._read(path)
        if data is None:
            raise GapError("absent")
        return data

    def key_of(self, kid8: bytes) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Return the trust list and its shard's row of this key, with body and authorities, or None."""
        payload = general(self.file("lists/trust.json"), "hallmark-list+json", self.roots["purposes"]["trust"])
        trust = strict_json(payload)
        self._trust_entry = ["trust", trust["version"], sha256(payload).digest(), b""]
        shard = self.file(f"lists/trust/{trust['version']}/{kid8[0]:02x}.json")
        hold(trust["name"] == "trust" and trust["content"]["shards"][kid8[0]] == sha256(shard).hexdigest())
        rows = strict_json(shard)
        for key in rows["keys"]:
            if thumbprint(key["jwk"])[:8] == kid8:
                body = next(body for body in rows["bodies"] if body["code"] == key["body_code"])
                authorities = [one for one in rows["authorities"] if one["body_code"] == body["code"]]
                return trust, {**key, "body": body, "authorities": authorities}
        return trust, None

    def require_trust_logged(self) -> None:
        """Hold the trust list that `key_of` read against the log, by the proof beside it."""
        _, entry = self.proof(self.file(f"lists/trust/{self._trust_entry[1]}.tlog-proof"))
        hold(entry[0] == 3 and entry[2:] == self._trust_entry)

    def checkpoint(self, note: bytes) -> tuple[int, bytes]:
        """Return size and root of a note that the log and enough witnesses signed."""
        text, lines = note.decode().rsplit("\n\n", 1)
        origin, size, root = text.split("\n")
        body, log = f"{text}\n", self.roots["log"]
        hold(origin == log["origin"] and len(note) <= 131072 and str(int(size)) == size)
        tree = int(size), base64.b64decode(root, validate=True)
        long_name = bytes([len(origin)]) + origin.encode()
        head, tail = b"subtree/v1\n\0" + long_name, long_name + bytes(8) + tree[0].to_bytes(8, "big") + tree[1]

        def signed(name: str, kind: int, jwk: dict[str, str], message: Callable[[bytes], bytes]) -> bool:
            raw = unb64u(jwk.get("x") or jwk["pub"])
            key_id = sha256(name.encode() + b"\n" + bytes([kind]) + raw).digest()[:4]
            found = [base64.b64decode(line.split(" ")[2]) for line in lines.splitlines() if line.split(" ")[1] == name]
            skip = 4 if kind == 1 else 12
            mine = [one for one in found if one[:4] == key_id]
            hold(all(verifies(jwk, one[skip:], message(one[4:12])) for one in mine))
            return bool(mine)

        def witnessed(moment: bytes) -> bytes:
            return f"cosignature/v1\ntime {int.from_bytes(moment, 'big')}\n{body}".encode()

        hold(signed(origin, 1, log["ed25519"], lambda _: body.encode()))
        hold(signed(origin, 6, log["ml_dsa_44"], lambda moment: head + moment + tail))
        count = sum(signed(one["name"], 4, one["ed25519"], witnessed) for one in self.roots["witnesses"])
        hold(count >= self.roots["witness_threshold"])
        return tree

    def entry(self, list_no: int, index: int) -> tuple[int, list[Any]] | None:
        """Return log index and proven credential entry of a slot, None where the newest checkpoint does not reach it."""
        size, root = self.checkpoint(self.file("checkpoint"))
        hints = self.file(f"hints/{list_no}/{index // 4096}")
        hold(len(hints) == 20480)
        at = index % 4096 * 5
        place = int.from_bytes(hints[at : at + 5], "big") - 1
        if place < 0 or place >= size:
            return None
        bundle = self.file(f"tile/entries/{_numbered(place // 256, min(256, size - place // 256 * 256))}")
        body = b""
        for _ in range(place % 256 + 1):
            length = int.from_bytes(bundle[:2], "big")
            body, bundle = bundle[2 : 2 + length], bundle[2 + length :]
        hold(self._leaf(place, size, root) == sha256(b"\0" + body).digest())
        found = cbor(body)
        hold(found[0] == 1 and found[3:5] == [list_no, index])
        return place, found

    def _leaf(self, place: int, size: int, root: bytes) -> bytes:
        """The leaf hash at `place`, proven by tiles: the right edge under the root, full tiles under the tile above."""
        levels = [level for level in range(8) if size >> 8 * level]
        edge = {level: self._tile(level, size >> 8 * level + 8, size) for level in levels if (size >> 8 * level) % 256}
        folded = None
        for level in sorted(edge):
            row = edge[level]
            spans, start = [], 0
            while start < len(row):
                span = 1 << (len(row) - start).bit_length() - 1
                spans.append(tree_root(row[start : start + span]))
                start += span
            for peak in reversed(spans):
                folded = peak if folded is None else sha256(b"\1" + peak + folded).digest()
        hold(folded == root)

        def tile(level: int, n: int) -> list[bytes]:
            if level in edge and n == size >> 8 * level + 8:
                return edge[level]
            row = self._tile(level, n, size)
            hold(tree_root(row) == tile(level + 1, n // 256)[n % 256])
            return row

        return tile(0, place // 256)[place % 256]

    def _tile(self, level: int, n: int, size: int) -> list[bytes]:
        width = min(256, (size >> 8 * level) - n * 256)
        data = self.file(f"tile/{level}/{_numbered(n, width)}")
        hold(len(data) == 32 * width)
        return [data[at : at + 32] for at in range(0, len(data), 32)]

    def status(self, list_no: int, index: int) -> tuple[int, dict[str, Any]]:
        """Return the slot's value and the list's payload, its content proven to be logged."""
        claims = compact(self.file(f"status/{list_no}"), "statuslist+jwt", self.roots["purposes"]["status"]["keys"])
        stream = zlib.decompressobj()
        array = stream.decompress(unb64u(claims["status_list"]["lst"]), 32769)
        ours = claims["hallmark"]
        hold(len(array) == 32768 and stream.eof and not stream.unused_data)
        hold(claims["status_list"]["bits"] == 2 and ours["list"] == list_no)
        place, logged = self.proof(self.file(f"status/{list_no}.tlog-proof"))
        hold(logged[:1] == [3] and logged[2:4] == [f"status/{list_no}", ours["version"]] and place == ours["entry"])
        hold(logged[4:] == [sha256(array).digest(), unb64u(ours["events_root"])])
        return array[index // 4] >> index % 4 * 2 & 3, claims

    def proof(self, text: bytes) -> tuple[int, list[Any]]:
        """Return the log index and the entry that a `tlog-proof` carries and proves."""
        head, note = text.split(b"\n\n", 1)
        first, extra, place, *hashes = head.decode("ascii").split("\n")
        hold(first == "c2sp.org/tlog-proof@v1" and extra.startswith("extra ") and place.startswith("index "))
        size, root = self.checkpoint(note)
        body = base64.b64decode(extra[6:])
        computed, node, last = sha256(b"\0" + body).digest(), int(place[6:]), size - 1
        hold(node <= last)
        for sibling in map(base64.b64decode, hashes):
            hold(last)
            if node & 1 or node == last:
                computed = sha256(b"\1" + sibling + computed).digest()
                while node and not node & 1:
                    node, last = node >> 1, last >> 1
            else:
                computed = sha256(b"\1" + computed + sibling).digest()
            node, last = node >> 1, last >> 1
        hold(last == 0 and computed == root)
        return int(place[6:]), cbor(body)

    def attached(self, text: bytes) -> tuple[int, list[Any]]:
        """As `proof`, for one that came with a certificate: of the size of the newest checkpoint there is one root."""
        place, entry = self.proof(text)
        try:
            size, root = self.checkpoint(self.file("checkpoint"))
        except (GapError, ValueError):
            return place, entry
        carried = self.checkpoint(text.split(b"\n\n", 1)[1])
        hold(carried[0] != size or carried[1] == root)
        return place, entry

    def has_events(self, list_no: int, index: int, events_root: bytes) -> bool:
        """Whether anything ever happened to a slot, from the event file that the status list commits to."""
        data = self.file(f"events/{list_no}/leaves")
        leaves = [data[at : at + 32] for at in range(0, len(data), 32)]
        hold(len(data) == 1024 and tree_root(leaves) == events_root)
        leaf = leaves[index // 4096]
        if leaf == sha256(b"\0").digest():
            return False
        file = self.file(f"events/{list_no}/{index // 4096}")
        hold(sha256(b"\0" + file).digest() == leaf)
        slots = set()
        while file:
            length = int.from_bytes(file[:2], "big")
            slots.add(cbor(cbor(file[2 : 2 + length])[1])[3])
            file = file[2 + length :]
        return index in slots


def tree_root(row: list[bytes]) -> bytes:
    if len(row) == 1:
        return row[0]
    split = 1 << (len(row) - 1).bit_length() - 1
    return sha256(b"\1" + tree_root(row[:split]) + tree_root(row[split:])).digest()


def _numbered(n: int, width: int) -> str:
    groups = re.findall("...", f"{n:0{(len(str(n)) + 2) // 3 * 3}d}")
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]]) + ("" if width == 256 else f".p/{width}")


def folder(path: Path) -> Read:
    """Read published files from an unpacked folder."""
    return lambda name: (path / name).read_bytes() if (path / name).is_file() else None


def bundle(file: Path, roots_document: bytes, now: int) -> Read:
    """Read published files from an offline bundle, each held against the signed manifest."""
    archive = ZipFile(file)
    keys = Evidence(lambda _: None, roots_document).roots["purposes"]["bundle"]["keys"]
    manifest = compact(archive.read("manifest.jwt"), "hallmark-bundle+jwt", keys)
    hold(now < manifest["exp"])

    def read(name: str) -> bytes | None:
        size, digest = manifest["members"].get(name, (-1, ""))
        data = archive.read(name) if size >= 0 else b""
        return data if len(data) == size and sha256(data).hexdigest() == digest else None

    return read
