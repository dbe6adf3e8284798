"""The settings about identifiers of GB/T 36904: which body numbers which kind of certificate under which type code."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from credentials.identifiers import LicenceIdentifier, is_credit_code, is_type_code
from credentials.kinds import Kind
from hallmark.errors import SettingsInvalid

MEMBER: Final = "licence_types"
VERSION: Final = 1
"""Of every certificate: a successor has a number of its own, and with it an identifier of its own."""

LicenceTypes = Mapping[str, Mapping[str, str]]
"""Body code to kind to type code."""


def licence_types(members: Mapping[str, object]) -> LicenceTypes:
    """Return the tables `[licence_types.BODY_CODE]` of the settings; raises `SettingsInvalid`."""
    tables = members.get(MEMBER, {})
    if not isinstance(tables, dict):
        raise SettingsInvalid(member=MEMBER, defect="licence_table")
    return MappingProxyType({code: _of_body(code, table) for code, table in tables.items()})


def _of_body(code: str, table: object) -> Mapping[str, str]:
    if not is_credit_code(code):
        raise SettingsInvalid(member=f"{MEMBER}.{code[:40]}", defect="licence_body")
    if not isinstance(table, dict) or not table.keys() <= {kind.value for kind in Kind}:
        raise SettingsInvalid(member=f"{MEMBER}.{code}", defect="licence_kind")
    if not all(is_type_code(type_code) for type_code in table.values()):
        raise SettingsInvalid(member=f"{MEMBER}.{code}", defect="licence_type")
    return MappingProxyType(dict(table))


def identifier_of(types: LicenceTypes, body_code: str, kind: str, number: str) -> str | None:
    """Return the identifier of one certificate, its number as the serial; None where the body numbers without."""
    type_code = types.get(body_code, {}).get(kind)
    return None if type_code is None else str(LicenceIdentifier(type_code, body_code, number, VERSION))
