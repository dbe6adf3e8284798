"""What an issuing house uses of a registry that stands elsewhere: its published folder, kept where it never changes."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from registry import paths
from registry.errors import EvidenceMissing
from registry.files import replace_file
from registry.lists import PublishedList
from registry.remote_errors import Unreachable
from registry.trust import SHARDS, TrustList
from verifier.gather import EvidenceSource, HttpsSource

PUBLISHED: Final = "/registry"
"""Where a registry's server has its published folder."""
_SHARD: Final = re.compile(r"lists/trust/[0-9]+/[0-9a-f]{2}\.json")
_AT_ONCE: Final = 8


class KeptShards:
    """A registry's published folder at an `address`, whose trust shards are kept in `folder`: each belongs to one version of the list, for ever.

    They are believed no more for that: the signed manifest holds the digest of each.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        self._source = HttpsSource(address)
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        """As `EvidenceSource.read`."""
        if not _SHARD.fullmatch(path):
            return self._source.read(path)
        kept = self._folder / path.replace("/", "-")
        if kept.exists():
            return kept.read_bytes()
        data = self._source.read(path)
        if data is not None:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            replace_file(kept, data, durable=False)
        return data


def read_required(source: EvidenceSource, path: str) -> bytes:
    """Return what is published at `path`. Raises EvidenceMissing, for a registry elsewhere Unreachable: try again."""
    data = source.read(path)
    if data is None and isinstance(source, KeptShards):
        raise Unreachable(address=source.address, reason=path)
    if data is None:
        raise EvidenceMissing(path=path)
    return data


def read_trust(source: EvidenceSource, manifest: PublishedList) -> TrustList:
    """Return the whole trust list of a verified manifest; its shards are fetched several at once."""
    wanted = [paths.trust_shard_path(manifest.version, byte) for byte in range(SHARDS)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        shards = list(pool.map(lambda path: read_required(source, path), wanted))
    return TrustList.from_manifest(manifest.content, dict(enumerate(shards)))
