"""Spells every path of the published folder, once. Tiles and bundles are spelled in `registry.tiles`.

Paths are relative, with `/`. Numbers and names are checked here, so nothing hostile can climb out of the folder.
"""

import re

from registry.errors import PathInvalid

CHECKPOINT = "checkpoint"
BUNDLE = "bundle/today.hallmark"
"""The newest offline bundle, without tiles; nothing in it is news to who reads the folder."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_PURPOSES = frozenset({"revocation", "suspension"})
_MAX_NUMBER = (1 << 32) - 1


def roots_path(version: int) -> str:
    """Return the path of one version of the roots document."""
    return f"roots/{_number(version)}.json"


def list_path(name: str) -> str:
    """Return the path of the version of a published list that is in force."""
    return f"lists/{_name(name)}.json"


def list_version_path(name: str, version: int) -> str:
    """Return the path of one version of a published list; it never changes."""
    return f"lists/{_name(name)}/{_number(version)}.json"


def list_proof_path(name: str, version: int) -> str:
    """Return the path of the proof that one version of a published list is logged; its `extra` is the log entry."""
    return f"lists/{_name(name)}/{_number(version)}.tlog-proof"


def trust_shard_path(version: int, first_byte: int) -> str:
    """Return the path of the trust shard for key ids that begin with `first_byte` (0 to 255)."""
    if not 0 <= first_byte <= 255:
        raise PathInvalid(number=first_byte)
    return f"lists/trust/{_number(version)}/{first_byte:02x}.json"


def status_path(number: int) -> str:
    """Return the path of status list `number` as a Token Status List."""
    return f"status/{_number(number)}"


def status_proof_path(number: int) -> str:
    """Return the path of the proof that the list's content was logged; its `extra` is the log entry."""
    return f"status/{_number(number)}.tlog-proof"


def bitstring_path(number: int, purpose: str) -> str:
    """Return the path of status list `number` as a W3C list; `purpose` is revocation or suspension."""
    if purpose not in _PURPOSES:
        raise PathInvalid(name=purpose)
    return f"bitstring/{_number(number)}/{purpose}"


def events_path(number: int, block: int) -> str:
    """Return the path of the events of 4,096 slots of status list `number`; `block` is 0 to 31."""
    return f"events/{_number(number)}/{_block(block)}"


def events_leaves_path(number: int) -> str:
    """Return the path of the 32 leaf hashes over the list's event files, from which a verifier recomputes their root."""
    return f"events/{_number(number)}/leaves"


def hints_path(number: int, block: int) -> str:
    """Return the path of the hints for 4,096 slots of status list `number`; `block` is 0 to 31."""
    return f"hints/{_number(number)}/{_block(block)}"


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise PathInvalid(name=name)
    return name


def _number(number: int) -> int:
    if not 0 <= number <= _MAX_NUMBER:
        raise PathInvalid(number=number)
    return number


def _block(block: int) -> int:
    if not 0 <= block < 32:
        raise PathInvalid(number=block)
    return block
