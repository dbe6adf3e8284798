"""Accepts bodies that join: their key goes into the log, their client on the list, and the next trust list names both."""

from credentials.identifiers import is_credit_code
from hallmark.errors import BodyCodeInvalid, OtherRegistryMeant
from hallmark.founding import publish_draft
from hallmark.house import House
from hallmark.listmaking import YEAR, draft_trust
from hallmark.trust_files import Listed
from registry.api.clients import ClientList
from registry.api.introduction import Enrolment
from registry.api.refusals import ClientExists


def accept(house: House, request: Enrolment) -> int:
    """Enrol what a joining body asks for; return the log index of its key. Asking again is harmless.

    Whose the keys are was found out by a person before. Raises BodyCodeInvalid, OtherRegistryMeant, KeyTaken, KeyUnfit, ClientExists for a
    client of another body.
    """
    if not is_credit_code(request.body_code):
        raise BodyCodeInvalid(body=request.body_code)
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


def publish_next_trust(house: House, listed: Listed) -> int:
    """Publish the next trust list over these bodies and the keys that the log knows; return its version.

    For a house that holds both publishers' keys, as a test house does; a real one has two custodians sign (SECURITY.md).
    """
    newest, now = house.lists().newest("trust"), house.clock()
    draft = draft_trust(newest, listed, house.recorder, now=now, effective=now, expires=now + YEAR)
    publish_draft(house, draft)
    house.publish()
    return draft.listed.version
