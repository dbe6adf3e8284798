"""The houses of tests/hallmark, for servers that run as processes of their own."""

from tests.hallmark.conftest import _founded, _issued, passphrase, remembered_stretching

__all__ = ["_founded", "_issued", "passphrase", "remembered_stretching"]
