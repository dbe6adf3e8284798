"""Found a house: its keys, its roots of trust, its log, its bodies and its published lists.

Everything here happens once. What needs two persons (roots, lists) is signed with two custodians' keys; a test house keeps
both itself, a real one keeps them apart (SECURITY.md).
"""

import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final

from hallmark.errors import DatabaseTaken, HouseExists
from hallmark.house import WITNESS_NAME, House
from hallmark.listmaking import YEAR, draft_content, draft_trust, record, sign
from hallmark.receipts import FOLDER as RECEIPT_FOLDER
from hallmark.receipts import part_key
from hallmark.settings import (
    NO_LEDGER,
    PASSPHRASE_NAMES,
    Settings,
    passphrase,
    read_settings,
    settings_from,
    write_settings,
)
from hallmark.trust_files import Listed, read_listed
from issuers.tables import MIGRATIONS as LEDGER_MIGRATIONS
from keys.algorithms import Algorithm
from keys.roots import KeySet, Roots, Witness, seal_roots
from keys.rotation import Purpose
from registry.lists import PublishedList, purpose_of, seal_list
from registry.published.drafts import Draft
from registry.tables import MIGRATIONS as REGISTRY_MIGRATIONS
from web.database import clear, is_empty, migrate, sqlite_url

_KEYS: Final = (
    ("log-ed25519", Purpose.LOG, Algorithm.ED25519),
    ("log-ml-dsa-44", Purpose.LOG, Algorithm.ML_DSA_44),
    ("witness", Purpose.WITNESS, Algorithm.ED25519),
    ("custodian-1", Purpose.ROOTS, Algorithm.ES256),
    ("custodian-2", Purpose.ROOTS, Algorithm.ES256),
    ("trust-1", Purpose.TRUST, Algorithm.ES256),
    ("trust-2", Purpose.TRUST, Algorithm.ES256),
    ("catalogue-1", Purpose.CATALOGUE, Algorithm.ES256),
    ("catalogue-2", Purpose.CATALOGUE, Algorithm.ES256),
    ("status", Purpose.STATUS, Algorithm.ES256),
    ("bundle", Purpose.BUNDLE, Algorithm.ES256),
    ("receipt", Purpose.RECEIPT, Algorithm.ES256),
)


def found(
    home: Path,
    *,
    host: str,
    test: bool,
    bodies: Path,
    committees: Path,
    databases: Mapping[str, str] = MappingProxyType({}),
    registry_only: bool = False,
    api_url: str = "",
    lookup: bool = False,
) -> House:
    """Make a house in the empty or new folder `home` with the bodies and committees of two CSV files, or make nothing.

    `databases` are URLs of empty databases elsewhere, by settings member; without, SQLite files are made in the folder.
    With `registry_only` it keeps a registry for bodies that will join it (`hallmark.joining`): no key of a body is made
    and there is no ledger. `api_url` is the address under which they will ask it. With `lookup` its verifier looks up by number and name.
    Raises `HouseExists`, `DatabaseTaken`, `ListFileInvalid`, `ListFileUnreadable`, `SettingsInvalid`, `PassphraseMissing`.
    """
    require_empty(home)
    listed = read_listed(bodies, committees)
    others: dict[str, str | bool] = {**databases, **({"ledger_database": NO_LEDGER} if registry_only else {})}
    others |= {"api_url": api_url} if api_url else {}
    others |= {"lookup": True} if lookup else {}
    others |= {"receipt_keys": RECEIPT_FOLDER} if test else {}
    settings_from(home.resolve(), {"host": host, "test": test, **others})
    for member, url in databases.items():
        if not is_empty(url):
            raise DatabaseTaken(member=member)
    home, site = new_site(home)
    try:
        _build(write_settings(site, host=host, test=test, others=others), listed)
        site.replace(home)
    except BaseException:
        shutil.rmtree(site, ignore_errors=True)
        for url in databases.values():
            clear(url)
        raise
    return House(read_settings(home))


def require_empty(home: Path) -> None:
    """Raise HouseExists where something stands already."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise HouseExists(home=str(home))


def new_site(home: Path) -> tuple[Path, Path]:
    """Return the place where a house will stand and a new folder beside it to build it in. Raises HouseExists."""
    require_empty(home)
    home = home.resolve()
    site = home.with_name(f".{home.name}.founding-{secrets.token_hex(4)}")
    site.mkdir(parents=True)
    return home, site


def _build(settings: Settings, listed: Listed) -> None:
    """Everything of a house, beside the place where it will stand; its databases are closed at the end."""
    make_secrets(settings)
    passphrase(settings)
    house = House(settings)
    issues = settings.ledger_database != NO_LEDGER
    own = listed if issues else Listed((), ())
    _make_keys(house, [body.code for body in own.bodies])
    if settings.test:  # a real house parts its receipt key on purpose: `hallmark receipt-key`
        part_key(house.keystore, settings, settings.home / RECEIPT_FOLDER, house.clock)
    make_database(settings.registry_database, settings.home / "registry.db", REGISTRY_MIGRATIONS)
    if issues:
        make_database(settings.ledger_database, settings.home / "ledger.db", LEDGER_MIGRATIONS)
    try:
        house.log.found()
        _publish_roots(house)
        _publish_catalogue(house)
        publish_trust(house, own)
        house.publish()
    finally:
        house.registry_engine.dispose()


def make_database(url: str, own: Path, migrations: Path) -> None:
    """The tables, and for the house's `own` SQLite file first a file that only its owner may read."""
    if url == sqlite_url(own):
        _private(own)
    migrate(url, migrations)


def make_secrets(settings: Settings) -> None:
    """The house's salt, and for a test house without a passphrase one of its own."""
    _private(settings.home / "house.id").write_bytes(os.urandom(16))
    if settings.test and not any(name in os.environ for name in PASSPHRASE_NAMES):
        _private(settings.home / "passphrase.demo").write_text(secrets.token_urlsafe(24) + "\n", "ascii")


def _private(file: Path) -> Path:
    """An empty file that only its owner may read."""
    file.touch(mode=0o600)
    return file


def _make_keys(house: House, body_codes: Sequence[str]) -> None:
    opens = house.clock()
    for name, purpose, algorithm in _KEYS:
        house.keystore.generate(name, purpose, algorithm, opens_at=opens, closes_at=opens + 10 * YEAR)
    for code in body_codes:
        house.keystore.generate(
            f"body-{code}", Purpose.CREDENTIAL, Algorithm.ES256, opens_at=opens, closes_at=opens + 3 * YEAR
        )


def _publish_roots(house: House) -> None:
    now = house.clock()
    purposes = {
        Purpose.TRUST: _key_set(house, "trust-1", "trust-2", threshold=2),
        Purpose.STATUS: _key_set(house, "status", threshold=1),
        Purpose.CATALOGUE: _key_set(house, "catalogue-1", "catalogue-2", threshold=2),
        Purpose.RECEIPT: _key_set(house, "receipt", threshold=1),
        Purpose.BUNDLE: _key_set(house, "bundle", threshold=1),
    }
    roots = Roots(
        version=1,
        issued=now,
        expires=now + 2 * YEAR,
        test=house.settings.test,
        hosts=(house.settings.host,),
        log=house.log_identity,
        witnesses=(Witness(WITNESS_NAME, house.keystore.record("witness").public_key),),
        witness_threshold=1,
        custodians=_key_set(house, "custodian-1", "custodian-2", threshold=2),
        purposes=purposes,
    )
    data = seal_roots(roots, [house.keystore.signer("custodian-1"), house.keystore.signer("custodian-2")])
    house.recorder.publish_roots(data)
    house.settings.roots_file.write_bytes(data)


def _key_set(house: House, *names: str, threshold: int) -> KeySet:
    return KeySet(tuple(house.keystore.record(name).public_key for name in names), threshold)


def _publish_catalogue(house: House) -> None:
    now = house.clock()
    content = json.loads(resources.files("registry").joinpath("data/catalogue.json").read_text("utf-8"))
    publish_draft(house, draft_content(None, "catalogue", content, now=now, effective=now, expires=now + YEAR))


def publish_draft(house: House, draft: Draft) -> int:
    """Take a draft through the hands of both publishers, whose keys this house keeps itself; return its log index."""
    purpose = purpose_of(draft.listed.name)
    signers = [house.keystore.signer(f"{purpose}-{number}") for number in (1, 2)]
    return record(house, sign(draft, signers, house.trusted_roots()))


def publish(house: House, published: PublishedList, purpose: str) -> bytes:
    """Sign a list with the two publishers of its purpose and record it; return the signed bytes."""
    data = seal_list(published, [house.keystore.signer(f"{purpose}-1"), house.keystore.signer(f"{purpose}-2")])
    house.recorder.publish_list(data)
    return data


def publish_trust(house: House, listed: Listed) -> None:
    """Enrol each body's key in the log and publish version 1 of the trust list over them."""
    for body in listed.bodies:
        house.recorder.enrol(body.code, house.keystore.record(f"body-{body.code}").public_key)
    now = house.clock()
    publish_draft(house, draft_trust(None, listed, house.recorder, now=now, effective=now, expires=now + YEAR))
