"""Joins a registry that stands elsewhere: makes a house that only issues, and the request that its operator has to accept."""

import shutil
from pathlib import Path
from typing import Final

from credentials.identifiers import is_credit_code
from hallmark.errors import AddressInvalid, BodyCodeInvalid
from hallmark.founding import make_database, make_secrets, new_site
from hallmark.house import CLIENT_KEY, House
from hallmark.listmaking import YEAR
from hallmark.settings import Settings, passphrase, read_settings, write_settings
from issuers.tables import MIGRATIONS as LEDGER_MIGRATIONS
from keys.algorithms import Algorithm
from keys.roots import open_roots
from keys.rotation import Purpose
from registry.api.introduction import request_enrolment
from web.egress import is_address

REQUEST: Final = "enrolment-request.json"


def join(home: Path, *, registry: str, roots: Path, body: str) -> House:
    """Make an issuing house for `body` in the empty or new folder `home`, or make nothing; its request lies in `REQUEST`.

    `roots` is the roots document that the registry's operator handed over, by a way that can be trusted: everything else
    follows from it. Raises HouseExists, BodyCodeInvalid, AddressInvalid, SettingsInvalid, PassphraseMissing, KeysError.
    """
    if not is_credit_code(body):
        raise BodyCodeInvalid(body=body)
    if not is_address(registry):
        raise AddressInvalid(address=registry)
    data = roots.read_bytes()
    trusted = open_roots(data, trusted=None)
    home, site = new_site(home)
    try:
        members = {"registry": registry.rstrip("/"), "log_origin": trusted.log.origin}
        settings = write_settings(site, host=trusted.hosts[0], test=trusted.test, others=members)
        settings.roots_file.write_bytes(data)
        _furnish(settings, body)
        site.replace(home)
    except BaseException:
        shutil.rmtree(site, ignore_errors=True)
        raise
    return House(read_settings(home))


def _furnish(settings: Settings, body: str) -> None:
    """Keys, an empty ledger, and the request."""
    make_secrets(settings)
    passphrase(settings)
    house = House(settings)
    opens = house.clock()
    for name, purpose in ((f"body-{body}", Purpose.CREDENTIAL), (CLIENT_KEY, Purpose.CLIENT)):
        house.keystore.generate(name, purpose, Algorithm.ES256, opens_at=opens, closes_at=opens + 3 * YEAR)
    make_database(settings.ledger_database, settings.home / "ledger.db", LEDGER_MIGRATIONS)
    request = request_enrolment(
        body,
        settings.registry,
        credential=house.signer_of(body),
        client=house.keystore.signer(CLIENT_KEY),
        now=opens,
    )
    (settings.home / REQUEST).write_bytes(request)
