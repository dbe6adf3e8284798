"""How often one may ask: a client by its id, a stranger by the address that the trusted proxies name."""

from dataclasses import dataclass

from registry.api.refusals import AskedTooOften
from web.limiting import Windows, neighbourhood


@dataclass(frozen=True, slots=True)
class Rates:
    """The limits, as "60/minute". `failures` are wrong tokens and wrong assertions from one address."""

    client: str = "6000/minute"
    grants_by_client: str = "30/minute"
    grants_by_address: str = "120/minute"
    failures: str = "60/minute"


class Limits:
    """The counters of one app."""

    def __init__(self, rates: Rates) -> None:
        self._windows = Windows()
        self._rates = rates

    def client_asks(self, client_id: str) -> None:
        """Count one request of a client. Raises AskedTooOften."""
        self._require(self._windows.hit(self._rates.client, "client", client_id))

    def token_asked(self, address: str) -> None:
        """Count one request for a token from an address. Raises AskedTooOften."""
        self.require_trusted(address)
        self._require(self._windows.hit(self._rates.grants_by_address, "token", neighbourhood(address)))

    def token_given(self, client_id: str) -> None:
        """Count one token for a client that has proven itself: nobody can use up another's. Raises AskedTooOften."""
        self._require(self._windows.hit(self._rates.grants_by_client, "given", client_id))

    def failed(self, address: str) -> None:
        """Count one wrong token or assertion."""
        self._windows.hit(self._rates.failures, "failed", neighbourhood(address))

    def require_trusted(self, address: str) -> None:
        """Raise AskedTooOften for an address with too many failures: guessing ends here, before any database is asked."""
        self._require(self._windows.full(self._rates.failures, "failed", neighbourhood(address)))

    @staticmethod
    def _require(seconds: int) -> None:
        if seconds:
            raise AskedTooOften(seconds)
