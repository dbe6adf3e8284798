"""The one-process server: the verifier at `/` (the QR code needs the root) and the published folder at `/registry`."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from hallmark.api_keys import FILE_NAME as API_KEYS
from hallmark.api_keys import ApiKeyFile, KeysInForce
from hallmark.asking_records import record_match
from hallmark.cli_reports import box_of
from hallmark.elsewhere import PUBLISHED
from hallmark.house import House
from keys.roots import Roots
from registry import paths
from registry.api.app import ApiSettings
from registry.api.app import create_app as create_api_app
from registry.api.desk import IssuersDesk
from registry.api.tokens import TokenDesk
from registry.app import create_app as create_registry_app
from registry.published.pages import ListPages
from verifier.app import create_app
from verifier.check import check
from verifier.documents import read_pdf
from verifier.gather import EvidenceSource, FolderSource, Gatherer, walk_roots
from verifier.pictures import read_picture
from verifier.policy import ONLINE, Policy
from verifier.ports import PublishedFolder, VerifierPorts, VerifierSettings
from verifier.verdict import Verdict

LOCAL_NAMES: Final = ("127.0.0.1", "localhost")


def verifier_app(house: House, *, port: int) -> Flask:
    """The public verifier over this house's published folder."""
    source = FolderSource(house.settings.public)
    roots = walk_roots(source, house.trusted_roots(), house.clock())
    policy = replace(ONLINE, witness_threshold=house.settings.witness_threshold)
    gatherer = Gatherer(source, roots, house.clock, policy=policy, floor_file=house.floor_file())

    def judge(text: str, as_of: int | None, proof: bytes | None, /) -> Verdict:
        return check(text, gatherer.evidence_for(text), policy, now=house.clock(), as_of=as_of, proof=proof)

    settings = VerifierSettings(
        host=house.settings.host,
        other_hosts=_local_hosts(port),
        test=house.settings.test,
        build=version("hallmark"),
        folder=_published_folder(source, roots, policy),
        trusted_hops=house.settings.trusted_hops,
        rates=house.settings.rates,
    )
    keys, box = house.settings.home / API_KEYS, box_of(house)
    in_force = KeysInForce(ApiKeyFile(keys, house.clock), keys)
    return create_app(
        settings,
        VerifierPorts(
            judge,
            read_picture,
            read_pdf,
            house.clock,
            in_force,
            record_match(house),
            house.receipt_desk(roots),
            box if box.is_open else None,
        ),
    )


def _published_folder(source: EvidenceSource, roots: Roots, policy: Policy) -> PublishedFolder | None:
    """Where the verifier in the browser finds evidence, and the root of trust that the page pins; None while it is not published."""
    path = paths.roots_path(roots.version)
    document = source.read(path)
    if document is None:
        return None
    return PublishedFolder(PUBLISHED, path, sha256(document).hexdigest(), policy.witness_threshold)


def _local_hosts(port: int) -> tuple[str, ...]:
    """The names under which this machine reaches the server, with and without the port."""
    return LOCAL_NAMES + tuple(f"{name}:{port}" for name in LOCAL_NAMES)


def create_server(house: House, *, port: int) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The WSGI application that `hallmark serve` runs. It holds no signing key but the one for receipts, where it was given that: the log's stay with the publisher. With `lookup` it opens the ledger. Raises RegistryElsewhere."""
    house.require_registry()
    return DispatcherMiddleware(verifier_app(house, port=port), {PUBLISHED: _published_app(house, port)})


def create_registry_server(house: House, *, port: int) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The WSGI application that `hallmark registry serve` runs: the API for issuers, and the published folder beside it.

    Each process has its own `Recorder` and holds the log's keys. Raises RegistryElsewhere.
    """
    house.require_registry()
    settings = house.settings
    hosts = (urlsplit(settings.api_url).netloc.lower(), *_local_hosts(port))
    api = create_api_app(
        ApiSettings(hosts, settings.trusted_hops, build=version("hallmark")),
        IssuersDesk(house.recorder, house.grouped_recorder, house.registry_engine, house.clock),
        TokenDesk(house.registry_engine, (settings.api_url, f"{settings.api_url}/api/v1/token"), house.clock),
    )
    return DispatcherMiddleware(api, {PUBLISHED: _published_app(house, port)})


def _published_app(house: House, port: int) -> Flask:
    hosts = (house.settings.host, urlsplit(house.settings.api_url).netloc.lower(), *_local_hosts(port))
    return create_registry_app(
        house.settings.public,
        hosts=hosts,
        trusted_hops=house.settings.trusted_hops,
        lists=ListPages(house.trusted_roots(), house.clock, house.settings.test),
    )
