"""The members of `hallmark.toml` about witnesses: who is asked to cosign, and how many the house's verifier demands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hallmark.errors import SettingsInvalid
from registry.errors import NoteInvalid
from registry.note import NoteKey
from web.egress import is_address


@dataclass(frozen=True, slots=True)
class WitnessAddress:
    """One `[[witness]]`: its submission prefix, and the keys of one name that it is known by."""

    url: str
    keys: tuple[NoteKey, ...]


def witness_members(members: Mapping[str, object]) -> dict[str, Any]:
    """Return the settings' members about witnesses; raises `SettingsInvalid`."""
    house, threshold = members.get("house_witness", True), members.get("witness_threshold", 1)
    if not isinstance(house, bool):
        raise SettingsInvalid(member="house_witness", defect="witness_bool")
    if type(threshold) is not int or not 1 <= threshold <= 64:
        raise SettingsInvalid(member="witness_threshold", defect="witness_number")
    listed = members.get("witness", [])
    if not isinstance(listed, list):
        raise SettingsInvalid(member="witness", defect="witness_table")
    witnesses = tuple(_address(each) for each in listed)
    if len({each.keys[0].name for each in witnesses}) != len(witnesses):
        raise SettingsInvalid(member="witness", defect="witness_twice")
    if not house and not witnesses:
        raise SettingsInvalid(member="house_witness", defect="witness_none")
    return {"house_witness": house, "witnesses": witnesses, "witness_threshold": threshold}


def _address(members: object) -> WitnessAddress:
    """`url`, and `key` (one vkey) or `keys` (its Ed25519 and its ML-DSA-44 one)."""
    if not isinstance(members, dict) or members.keys() not in ({"url", "key"}, {"url", "keys"}):
        raise SettingsInvalid(member="witness", defect="witness_members")
    url, vkeys = members["url"], members.get("keys", [members.get("key")])
    if not isinstance(url, str) or not is_address(url):
        raise SettingsInvalid(member="witness.url", defect="witness_url")
    try:
        keys = tuple(NoteKey.from_vkey(each) for each in vkeys)
    except (NoteInvalid, AttributeError, TypeError):
        raise SettingsInvalid(member="witness.key", defect="witness_vkey") from None
    if len({key.name for key in keys}) != 1 or any(key.kind not in {4, 6} for key in keys):
        raise SettingsInvalid(member="witness.key", defect="witness_keys")
    return WitnessAddress(url, keys)
