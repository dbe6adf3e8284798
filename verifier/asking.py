"""Who asks and how often: anybody by his address, or the holder of an API key; a stranger cannot use up another's share."""

from typing import Final, cast

from flask import current_app, request

from verifier.errors import AskedTooOften, KeyNotGood, KeyNotMeant
from verifier.rates import ApiKey, Keys, Rates
from web.limiting import Windows, neighbourhood

EXTENSION: Final = "hallmark.verifier.asking"


class Asking:
    """The counters of one app, and the keys that count for themselves."""

    def __init__(self, rates: Rates, keys: Keys) -> None:
        self._rates = rates
        self._keys = keys
        self._windows = Windows()

    def admit(self, purpose: str, cost: int = 1) -> None:
        """Let this request ask `cost` questions of `purpose` ("verify", "lookup", "report").

        Raises AskedTooOften; KeyNotGood and KeyNotMeant for an API key that is not in force or not for this.
        """
        key = self._key()
        if key is None:
            rate = cast("str", getattr(self._rates, purpose))
            self._require(self._windows.hit(rate, purpose, neighbourhood(request.remote_addr), cost=cost))
            return
        if purpose not in key.scopes:
            raise KeyNotMeant(purpose)
        self._require(self._windows.hit(key.rate, "key", key.id, cost=cost))

    def _key(self) -> ApiKey | None:
        """The key that came with the request, None for a request without one."""
        given = request.headers.get("Authorization")
        if given is None:
            return None
        address = neighbourhood(request.remote_addr)
        self._require(self._windows.full(self._rates.failures, "failed", address))
        kind, _, secret = given.partition(" ")
        key = self._keys(secret.strip()) if kind.lower() == "bearer" else None
        if key is None:
            self._windows.hit(self._rates.failures, "failed", address)
            raise KeyNotGood
        return key

    @staticmethod
    def _require(seconds: int) -> None:
        if seconds:
            raise AskedTooOften(seconds)


def admit(purpose: str, cost: int = 1) -> None:
    """Let the request at hand ask, as `Asking.admit` of the current app."""
    cast("Asking", current_app.extensions[EXTENSION]).admit(purpose, cost)
