"""The house's settings: one frozen object, read once from `hallmark.toml` and the environment, passed in.

Nothing here is a secret: a database's password belongs to libpq (`~/.pgpass`, PGPASSFILE), and is refused here. The passphrase comes from the environment variable HALLMARK_KEY_PASSPHRASE or the file that
HALLMARK_KEY_PASSPHRASE_FILE names; only a demo house carries its own.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from hallmark.errors import PassphraseMissing, ReceiptPassphraseMissing, SettingsInvalid, SettingsMissing
from hallmark.licence_settings import LicenceTypes, licence_types
from hallmark.verifier_settings import rates
from hallmark.witness_settings import WitnessAddress, witness_members
from verifier.rates import Rates
from web.database import require_url, sqlite_url
from web.egress import is_address

FILE_NAME: Final = "hallmark.toml"
PASSPHRASE_NAMES: Final = ("HALLMARK_KEY_PASSPHRASE", "HALLMARK_KEY_PASSPHRASE_FILE")
MAX_HOST: Final = 20
"""A longer host would push the standard QR code beyond version 11 (docs/formats.md)."""
IN_PROCESS: Final = "in-process"
NO_LEDGER: Final = "none"
MAX_HOPS: Final = 8
_MEMBERS: Final = frozenset(
    ("host", "registry_url", "log_origin", "test", "registry_database", "ledger_database",
     "house_witness", "witness", "witness_threshold", "registry", "api_url", "trusted_hops", "licence_types", "limits", "lookup",
     "receipt_keys")
)  # fmt: skip
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a house is called and where it lies. Paths are absolute."""

    home: Path
    host: str
    """The verifier's host: in every QR code and in print; at most 20 characters."""
    registry_url: str
    """Where the published folder is served; stands in documents, has no part in any verdict."""
    log_origin: str
    test: bool
    """A test house marks everything it makes 测试 / TEST."""
    registry_database: str
    ledger_database: str
    """A database, or "none" for a house that only keeps a registry."""
    registry: str = IN_PROCESS
    """Where the registry is: in this house, or the address of the server that keeps it (docs/issuer-api.md)."""
    api_url: str = ""
    """Under which address issuers ask this registry; their assertions must name it."""
    trusted_hops: int = 0
    """How many reverse proxies stand in front of the servers."""
    house_witness: bool = True
    """Whether the house cosigns its own checkpoints too."""
    witnesses: tuple[WitnessAddress, ...] = ()
    """Witnesses elsewhere that are asked at every publication."""
    witness_threshold: int = 1
    """How many witnesses this house's own verifier demands, where the roots do not demand more."""
    receipt_keys: str = ""
    """The folder that holds the one key for receipts, from the house's folder; "" for a house that gives none (docs/receipts.md)."""
    licence_types: LicenceTypes = field(default_factory=dict)
    """Which bodies number which kinds by GB/T 36904, and the type code of each (docs/formats.md, section 2.1)."""

    rates: Rates = field(default_factory=Rates)
    """How often one may ask the verifier without an API key."""

    lookup: bool = False
    """Whether the verifier looks up certificates by number and name: its processes then open the ledger."""

    @property
    def remote(self) -> bool:
        """Whether the registry stands elsewhere: this house only issues."""
        return self.registry != IN_PROCESS

    @property
    def verifier_address(self) -> str:
        """The official address, as printed on certificates."""
        return f"https://{self.host}/"

    @property
    def keys(self) -> Path:
        """The folder of encrypted keys."""
        return self.home / "keys"

    @property
    def public(self) -> Path:
        """The published folder: everything a verifier needs, and nothing personal."""
        return self.home / "public"

    @property
    def roots_file(self) -> Path:
        """The root of trust this house's own verifier ships with."""
        return self.home / "roots.json"


def read_settings(home: Path) -> Settings:
    """Read the settings of the house in `home`; raise `SettingsMissing` or `SettingsInvalid` naming the member."""
    home = home.resolve()
    try:
        return settings_in(home, (home / FILE_NAME).read_bytes())
    except FileNotFoundError:
        raise SettingsMissing(home=str(home)) from None
    except OSError as defect:
        raise SettingsInvalid(member=FILE_NAME, defect=str(defect)) from None


def settings_in(home: Path, data: bytes) -> Settings:
    """Read the settings of a house at `home` from the bytes of its `hallmark.toml`. Raises `SettingsInvalid`."""
    try:
        return settings_from(home, tomllib.loads(data.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as defect:
        raise SettingsInvalid(member=FILE_NAME, defect=str(defect)) from None


def settings_from(home: Path, members: Mapping[str, object]) -> Settings:
    """Build settings from the members of `hallmark.toml`; unknown members are refused."""
    unknown = members.keys() - _MEMBERS
    if unknown:
        raise SettingsInvalid(member=min(unknown), defect="unknown")
    host = _host(members.get("host"))
    test = members.get("test", False)
    if not isinstance(test, bool):
        raise SettingsInvalid(member="test", defect="not true or false")
    registry = _registry(_text(members, "registry", IN_PROCESS))
    published = f"https://{host}/registry" if registry == IN_PROCESS else f"{registry}/registry"
    registry_database = _database(members, "registry_database", home / "registry.db")
    ledger_database = _database(members, "ledger_database", home / "ledger.db")
    if registry_database == ledger_database:
        raise SettingsInvalid(member="ledger_database", defect="url_twice")
    return Settings(
        home=home,
        host=host,
        registry_url=_text(members, "registry_url", published),
        log_origin=_text(members, "log_origin", f"{host}/registry"),
        test=test,
        registry_database=registry_database,
        ledger_database=ledger_database,
        **witness_members(members),
        registry=registry,
        api_url=_text(members, "api_url", f"https://{host}").rstrip("/"),
        receipt_keys=_text(members, "receipt_keys", "") if "receipt_keys" in members else "",
        licence_types=licence_types(members),
        trusted_hops=_hops(members.get("trusted_hops", 0)),
        rates=rates(members),
        lookup=_lookup(members, ledger_database),
    )


def write_settings(
    home: Path, *, host: str, test: bool, others: Mapping[str, str | bool] = MappingProxyType({})
) -> Settings:
    """Write a new house's `hallmark.toml` and return what it says; `others` are those of its members that are not left out."""
    members = {"host": host, "test": test, **others}
    settings = settings_from(home.resolve(), members)
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in members.items()]
    (home / FILE_NAME).write_text("".join(lines), "utf-8")
    return settings


def passphrase(settings: Settings, environment: Mapping[str, str] | None = None) -> bytes:
    """Return the passphrase that opens the keys; raise `PassphraseMissing`. There is no default."""
    demo = settings.home / "passphrase.demo" if settings.test else None
    return given_passphrase(os.environ if environment is None else environment, demo)


def receipt_passphrase(settings: Settings, environment: Mapping[str, str] | None = None) -> bytes:
    """Return the passphrase of the folder that holds the key for receipts; raise `ReceiptPassphraseMissing`.

    It is never the one that opens the house's other keys, but in a test house.
    """
    environment = os.environ if environment is None else environment
    if given := environment.get("HALLMARK_RECEIPT_PASSPHRASE"):
        return given.encode()
    named = environment.get("HALLMARK_RECEIPT_PASSPHRASE_FILE")
    try:
        held = Path(named).read_bytes().strip() if named else b""  # the unit hands over an empty line for no file
        held = held or (passphrase(settings, environment) if settings.test else b"")
    except (OSError, PassphraseMissing):
        raise ReceiptPassphraseMissing from None
    if not held:
        raise ReceiptPassphraseMissing
    return held


def given_passphrase(environment: Mapping[str, str], otherwise: Path | None = None) -> bytes:
    """Return the passphrase in the environment, or in the file it names, else in `otherwise`; raise `PassphraseMissing`."""
    if given := environment.get("HALLMARK_KEY_PASSPHRASE"):
        return given.encode()
    named = environment.get("HALLMARK_KEY_PASSPHRASE_FILE")
    file = Path(named) if named else otherwise
    if file is None:
        raise PassphraseMissing
    try:
        return file.read_bytes().strip()
    except OSError:
        raise PassphraseMissing from None


def passphrase_given(environment: Mapping[str, str] | None = None) -> bytes:
    """Return the passphrase that the environment names, for keys outside a house; raise `PassphraseMissing`."""
    environment = os.environ if environment is None else environment
    if given := environment.get("HALLMARK_KEY_PASSPHRASE"):
        return given.encode()
    try:
        return Path(environment["HALLMARK_KEY_PASSPHRASE_FILE"]).read_bytes().strip()
    except (KeyError, OSError):
        raise PassphraseMissing from None


def _host(value: object) -> str:
    if not isinstance(value, str) or not _HOST.fullmatch(value):
        raise SettingsInvalid(member="host", defect="not a lower-case host name")
    if len(value) > MAX_HOST:
        raise SettingsInvalid(
            member="host", defect=f"longer than {MAX_HOST} characters: the QR code would grow too dense"
        )
    return value


def _database(members: Mapping[str, object], name: str, default: Path) -> str:
    """A database's URL; by default a SQLite file in the house's folder."""
    url = _text(members, name, sqlite_url(default))
    if url == NO_LEDGER and name == "ledger_database":
        return url
    try:
        require_url(url)
    except ValueError as defect:
        raise SettingsInvalid(member=name, defect=f"url_{defect}") from None
    return url


def _registry(value: str) -> str:
    if value != IN_PROCESS and not is_address(value):
        raise SettingsInvalid(member="registry", defect=f"neither {IN_PROCESS} nor an https address")
    return value.rstrip("/")


def _lookup(members: Mapping[str, object], ledger_database: str) -> bool:
    value = members.get("lookup", False)
    if not isinstance(value, bool):
        raise SettingsInvalid(member="lookup", defect="not true or false")
    if value and ledger_database == NO_LEDGER:
        raise SettingsInvalid(member="lookup", defect="there is no ledger to look into")
    return value


def _hops(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_HOPS:
        raise SettingsInvalid(member="trusted_hops", defect=f"not a number from 0 to {MAX_HOPS}")
    return value


def _text(members: Mapping[str, object], name: str, default: str) -> str:
    value = members.get(name, default)
    if not isinstance(value, str) or not value:
        raise SettingsInvalid(member=name, defect="not a text")
    return value
