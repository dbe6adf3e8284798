"""Verifier apps with limits and ports of one's own, over the table of verdicts of tests/web."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tests.hallmark.conftest import _founded, _issued, kept, untouched
from tests.web.conftest import SETTINGS, Asked, Reader
from tests.web.verdict_cases import NOW
from verifier.app import VerifierPorts, create_app
from verifier.rates import Rates

UNLIMITED = Rates("1000000/second", "1000000/second", "1000000/second", "1000000/second")
Make = Callable[..., Flask]


@pytest.fixture
def make() -> Make:
    """Make an app: `rates`, `hops` and whatever port is to differ."""

    def made(rates: Rates = UNLIMITED, hops: int = 0, **ports: Any) -> Flask:
        reader = Reader()
        handed = VerifierPorts(Asked(), reader, reader, lambda: NOW)
        return create_app(replace(SETTINGS, rates=rates, trusted_hops=hops), replace(handed, **ports))

    return made


__all__ = ["UNLIMITED", "Make", "_founded", "_issued", "kept", "make", "untouched"]
