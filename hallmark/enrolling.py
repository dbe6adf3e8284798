"""Accepts bodies that join: their key goes into the log, their client on the list, and the next trust list names both."""

from collections.abc import Sequence

from hallmark.errors import OtherRegistryMeant
from hallmark.founding import YEAR, publish
from hallmark.house import House
from keys.rotation import Purpose
from registry.api.clients import ClientList
from registry.api.introduction import Enrolment
from registry.api.refusals import ClientExists
from registry.lists import PublishedList
from registry.trust import Authority, Body, IssuerKey, TrustList, manifest_of


def accept(house: House, request: Enrolment) -> int:
    """Enrol what a joining body asks for; return the log index of its key. Asking again is harmless.

    Whose the keys are was found out by a person before. Raises OtherRegistryMeant, KeyTaken, KeyUnfit, ClientExists for a
    client of another body.
    """
    if request.registry != house.settings.api_url:
        raise OtherRegistryMeant(meant=request.registry, address=house.settings.api_url)
    opened = house.recorder.enrol(request.body_code, request.credential)
    clients = ClientList(house.registry_engine, house.clock)
    try:
        clients.add(request.body_code, request.client)
    except ClientExists:
        known = {client.client_id: client.body_code for client in clients.listed()}
        if known.get(request.client.kid) != request.body_code:
            raise
    return opened


def publish_next_trust(house: House, bodies: Sequence[Body], authorities: Sequence[Authority]) -> int:
    """Publish the next trust list over these bodies and the keys that the log knows; return its version.

    For a house that holds both publishers' keys, as a test house does; a real one has two custodians sign (SECURITY.md).
    """
    codes = {body.code for body in bodies}
    keys = [
        IssuerKey(key.public_key, key.body_code, key.opened, key.closed, key.boundary, key.state)
        for key in house.recorder.enrolled_keys()
        if key.body_code in codes
    ]
    shards = TrustList(tuple(bodies), tuple(authorities), tuple(keys)).to_shards()
    newest = house.published_list("trust", Purpose.TRUST)
    now, version = house.clock(), newest.version + 1
    house.recorder.publish_trust_shards(version, shards)
    publish(house, PublishedList("trust", version, newest.digest, now, now, now + YEAR, manifest_of(shards)), "trust")
    house.publish()
    return version
