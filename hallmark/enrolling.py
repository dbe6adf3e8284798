"""Accepts bodies that join: their key goes into the log, their client on the list. The trust list is its publishers' business."""

from credentials.identifiers import is_credit_code
from hallmark.errors import BodyCodeInvalid, OtherRegistryMeant
from hallmark.house import House
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
