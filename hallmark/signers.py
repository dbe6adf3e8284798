"""Which of the keys in a house's key store signs now: a body's newest, or one that a set of the roots names."""

from itertools import count

from keys.errors import KeyMissing
from keys.keystore import KeyStore
from keys.roots import KeySet
from keys.rotation import KeyState, Purpose
from keys.signer import Signer


def newest_of_body(keystore: KeyStore, body_code: str) -> Signer:
    """Return the signer of a body: of its keys `body-CODE`, `body-CODE-2` and so on the newest that is active.

    Raises KeyMissing when the body has no key here.
    """
    name = newest = f"body-{body_code}"
    for number in count(2):
        try:
            record = keystore.record(f"{name}-{number}")
        except KeyMissing:
            break
        if record.state is KeyState.ACTIVE:
            newest = record.name
    return keystore.signer(newest)


def one_of(keystore: KeyStore, named: KeySet, purpose: Purpose) -> Signer:
    """Return the signer of a key that lies here and that `named` names. Raises KeyMissing, named for the purpose."""
    for record in keystore.records():
        if record.public_key in named.keys:
            return keystore.signer(record.name)
    raise KeyMissing(name=purpose.value)
