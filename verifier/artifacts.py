"""What evidence is made of: bytes with their age, a trusted issuer, a proven log entry. Pure data."""

from dataclasses import dataclass

from registry.entries import CredentialEntry
from registry.trust import Body, IssuerKey, TrustList


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of one published path and when they were read (UNIX seconds)."""

    data: bytes
    at: int


@dataclass(frozen=True, slots=True)
class Issuer:
    """A trusted key and its body, with the trust list that says so."""

    key: IssuerKey
    body: Body
    trust: TrustList


@dataclass(frozen=True, slots=True)
class Logged:
    """A credential entry proven under the checkpoint, and where it stands."""

    index: int
    entry: CredentialEntry
