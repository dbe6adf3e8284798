"""Which refusal of the registry leaves the API with which HTTP status, by class; leaves inherit from their base."""

from typing import Final

from keys.errors import TooLarge
from registry import refusals
from registry.api import refusals as own
from registry.errors import DetailForged, EventInvalid, RegistryError, TransitionRefused
from web.problem import ErrorTable

ERRORS: Final[ErrorTable] = {
    own.TokenMissing: 401,
    own.TokenInvalid: 401,
    own.ScopeMissing: 403,
    own.KeyOfAnother: 403,
    own.AskedTooOften: 429,
    own.RequestInvalid: 422,
    own.JsonRefused: 400,
    own.BatchNotFound: 404,
    own.IntroductionInvalid: 422,
    TooLarge: 413,
    refusals.BatchInvalid: 422,
    refusals.BatchConflict: 409,
    refusals.SlotNotReserved: 409,
    refusals.SlotTaken: 409,
    refusals.SlotNotIssued: 409,
    refusals.SubmissionInvalid: 422,
    refusals.SubmissionForged: 422,
    refusals.KeyUnknown: 422,
    refusals.KeyNotActive: 409,
    refusals.KeyTaken: 409,
    refusals.KeyUnfit: 422,
    refusals.NotTheOwner: 403,
    refusals.DetailMismatch: 422,
    refusals.EffectiveLater: 422,
    refusals.NotRetrievable: 404,
    EventInvalid: 422,
    DetailForged: 422,
    TransitionRefused: 409,
    RegistryError: 503,  # the store is busy or not what was signed: nothing was done, and none of it is the client's fault
}
