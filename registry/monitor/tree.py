"""One signed tree as a monitor reads it: every tile proven up to the root, every entry hashed into its tile.

Reads through a source and trusts nothing of it. What is wrong is raised under the code and the path that name it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from registry.errors import EvidenceMissing, ProofInvalid, RegistryError
from registry.logview import LogView
from registry.merkle import HASH_BYTES, leaf_hash, root_of_packed
from registry.monitor.refusals import SourceUnreachable
from registry.monitor.sources import Source
from registry.replay import Finding
from registry.tiles import WIDTH, bundle_path, decode_bundle, read_exactly, root, tile_path, width_of, widths

MISSING: Final = "monitor.file_missing"
TILE: Final = "monitor.tile_differs"
BUNDLE: Final = "monitor.bundle_differs"
EDGE: Final = "monitor.edge_differs"


class TreeBroken(Exception):
    """The published files do not make the signed tree; `finding` says which file, and how."""

    def __init__(self, code: str, path: str, **params: object) -> None:
        super().__init__(code, path)
        self.finding = Finding(code, {"path": path, **params})


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree of `size` leaves under `root`, in the files of `source`. Every method may raise TreeBroken."""

    source: Source
    view: LogView

    @classmethod
    def of(cls, source: Source, size: int, root_hash: bytes) -> "Tree":
        """Open the tree; nothing is read yet."""
        return cls(source, LogView(size, root_hash, _Tiles(source)))

    def tile(self, level: int, n: int) -> bytes:
        """Return a tile, proven under the root."""
        try:
            return self.view.tile(level, n)
        except SourceUnreachable:
            raise  # says nothing about the tree
        except EvidenceMissing as gap:
            raise TreeBroken(MISSING, str(gap.params["path"])) from gap
        except RegistryError as error:
            path = error.params.get("path")
            if path is None and isinstance(error, ProofInvalid):
                raise self._edge_broken() from error
            raise TreeBroken(TILE, str(path or tile_path(level, n))) from error

    def root_before(self, size: int) -> bytes:
        """Return the root that this tree's first `size` leaves have: what an earlier checkpoint must have shown."""
        return root(size, lambda level, n, _width: self.tile(level, n))

    def bundle(self, n: int) -> list[bytes]:
        """Return the entries of bundle `n` up to the tree's end, each the leaf that its proven tile holds."""
        tile, width = self.tile(0, n), width_of(self.view.size, 0, n)
        path = bundle_path(n, width)
        data = self.source.read(path) if width == WIDTH else self.source.read(path) or self.source.read(bundle_path(n))
        if data is None:
            raise TreeBroken(MISSING, path)
        try:
            entries = decode_bundle(data)[:width]
        except RegistryError as error:
            raise TreeBroken(BUNDLE, path, index=n * WIDTH) from error
        for at in range(width):
            if at >= len(entries) or leaf_hash(entries[at]) != tile[at * HASH_BYTES : (at + 1) * HASH_BYTES]:
                raise TreeBroken(BUNDLE, path, index=n * WIDTH + at)
        return entries

    def entries(self, first: int) -> Iterator[tuple[int, bytes]]:
        """Yield (index, body) from entry `first` to the end."""
        for n in range(first // WIDTH, -(-self.view.size // WIDTH)):
            for at, body in enumerate(self.bundle(n)):
                if n * WIDTH + at >= first:
                    yield n * WIDTH + at, body

    def _edge_broken(self) -> TreeBroken:
        """The partial tiles together do not make the root: name the one that disagrees with what lies below it."""
        for level, n, width in widths(self.view.size):
            try:
                row = read_exactly(_Tiles(self.source), level, n, width)
                below = [self._below(level, n * WIDTH + at) for at in range(width)]
            except SourceUnreachable:
                raise
            except RegistryError as error:
                return TreeBroken(TILE, str(error.params.get("path") or tile_path(level, n, width)))
            if row != b"".join(below):
                return TreeBroken(TILE, tile_path(level, n, width))
        return TreeBroken(EDGE, "checkpoint")

    def _below(self, level: int, node: int) -> bytes:
        """A node of a partial tile, from the full tile below it or from the entry itself."""
        if level:
            return root_of_packed(read_exactly(_Tiles(self.source), level - 1, node, WIDTH))
        n, at = divmod(node, WIDTH)
        width = width_of(self.view.size, 0, n)
        data = self.source.read(bundle_path(n, width)) or self.source.read(bundle_path(n)) or b""
        entries = decode_bundle(data)
        return leaf_hash(entries[at]) if at < len(entries) else b""


class _Tiles:
    """Reads tiles as they are published; a partial one may be gone once its full tile is there (tlog-tiles)."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __call__(self, level: int, n: int, width: int) -> bytes:
        path = tile_path(level, n, width)
        data = self._source.read(path)
        if data is None and width < WIDTH:
            data = self._source.read(tile_path(level, n))
        if data is None:
            raise EvidenceMissing(path=path)
        return data
