"""Found a house: its keys, its roots of trust, its log, its bodies and its published lists.

Everything here happens once. What needs two persons (roots, lists) is signed with two custodians' keys; a test house keeps
both itself, a real one keeps them apart (docs/operations.md).
"""

import csv
import json
import os
import secrets
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from hallmark.errors import HouseExists, ListFileInvalid
from hallmark.house import WITNESS_NAME, House
from hallmark.settings import FILE_NAME, Settings, write_settings
from issuers.tables import MIGRATIONS as LEDGER_MIGRATIONS
from keys.algorithms import Algorithm
from keys.roots import KeySet, Roots, Witness, seal_roots
from keys.rotation import Purpose
from registry.lists import PublishedList, list_digest, seal_list
from registry.tables import MIGRATIONS as REGISTRY_MIGRATIONS
from registry.trust import Authority, Body, IssuerKey, TrustList, manifest_of
from web.database import migrate

YEAR: Final = 365 * 86_400
BODY_COLUMNS: Final = ("统一社会信用代码", "名称", "英文名称", "可发证书")
COMMITTEE_COLUMNS: Final = (
    "评审委员会", "组建单位", "系列", "专业", "级别", "地区代码", "备案号", "有效期起", "有效期止",
)  # fmt: skip

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


def found(home: Path, *, host: str, test: bool, bodies: Path, committees: Path) -> House:
    """Make a house in `home` with the bodies and committees of two CSV files; raise `HouseExists`, `ListFileInvalid`."""
    if (home / FILE_NAME).exists():
        raise HouseExists(home=str(home))
    body_rows = _rows(bodies, BODY_COLUMNS)
    committee_rows = _rows(committees, COMMITTEE_COLUMNS)
    home.mkdir(parents=True, exist_ok=True)
    settings = write_settings(home, host=host, test=test)
    _make_secrets(settings)
    house = House(settings)
    _make_keys(house, [row["统一社会信用代码"] for row in body_rows])
    migrate(settings.registry_database, REGISTRY_MIGRATIONS)
    migrate(settings.ledger_database, LEDGER_MIGRATIONS)
    house.log.found()
    _publish_roots(house)
    _publish_catalogue(house)
    publish_trust(house, [_body(row) for row in body_rows], _authorities(committees, committee_rows, body_rows))
    house.publish()
    return house


def _make_secrets(settings: Settings) -> None:
    (settings.home / "house.id").write_bytes(os.urandom(16))
    if settings.test and "HALLMARK_KEY_PASSPHRASE" not in os.environ:
        file = settings.home / "passphrase.demo"
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24) + "\n", "ascii")


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
    publish(house, PublishedList("catalogue", 1, None, now, now, now + YEAR, content), "catalogue")


def publish(house: House, published: PublishedList, purpose: str) -> bytes:
    """Sign a list with the two publishers of its purpose and record it; return the signed bytes."""
    data = seal_list(published, [house.keystore.signer(f"{purpose}-1"), house.keystore.signer(f"{purpose}-2")])
    house.recorder.publish_list(data)
    return data


def publish_trust(house: House, bodies: Sequence[Body], authorities: Sequence[Authority]) -> TrustList:
    """Enrol each body's key in the log and publish version 1 of the trust list over them."""
    keys = []
    for body in bodies:
        public_key = house.keystore.record(f"body-{body.code}").public_key
        opened = house.recorder.enrol(body.code, public_key)
        keys.append(IssuerKey(public_key, body.code, opened, None, None, "active"))
    trust = TrustList(tuple(bodies), tuple(authorities), tuple(keys))
    now = house.clock()
    shards = trust.to_shards()
    house.recorder.publish_trust_shards(1, shards)
    publish(house, PublishedList("trust", 1, None, now, now, now + YEAR, manifest_of(shards)), "trust")
    return trust


def _rows(file: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read one of the two list files: UTF-8 CSV with exactly these columns."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened, strict=True)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error):
        raise ListFileInvalid(file=file.name, row=0, column="") from None
    if tuple(reader.fieldnames or ()) != tuple(columns):
        raise ListFileInvalid(file=file.name, row=1, column="、".join(columns))
    for number, row in enumerate(rows, start=2):
        for column in columns:
            if not (row[column] or "").strip():
                raise ListFileInvalid(file=file.name, row=number, column=column)
    return rows


def _body(row: dict[str, str]) -> Body:
    kinds = tuple(row["可发证书"].split("、"))
    return Body(row["统一社会信用代码"], row["名称"], row["英文名称"], kinds)


def _authorities(file: Path, rows: Sequence[dict[str, str]], bodies: Sequence[dict[str, str]]) -> list[Authority]:
    code_of = {row["名称"]: row["统一社会信用代码"] for row in bodies}
    authorities = []
    for number, row in enumerate(rows, start=2):
        if row["组建单位"] not in code_of:
            raise ListFileInvalid(file=file.name, row=number, column="组建单位")
        authorities.append(
            Authority(
                code_of[row["组建单位"]],
                row["评审委员会"],
                row["系列"],
                row["专业"],
                row["级别"],
                row["地区代码"],
                row["备案号"],
                row["有效期起"],
                row["有效期止"],
            )  # fmt: skip
        )
    return authorities
