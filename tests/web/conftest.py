"""A verifier app whose check answers from a table of verdicts; it opens no socket and reads no file of evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.verdict_cases import CASES, GENUINE, NOW
from verifier.app import VerifierPorts, VerifierSettings, create_app
from verifier.errors import NoCodeFound, ReadingError
from verifier.ports import EXTENSION, Plugged
from verifier.verdict import Verdict

HOST = "hallmark.example"
SETTINGS = VerifierSettings(HOST, other_hosts=("localhost",), build="3f9a1c2b")


@dataclass
class Asked:
    """A check port that remembers what it was asked; texts that name no case are genuine."""

    questions: list[tuple[str, int | None]] = field(default_factory=list)
    proofs: list[bytes | None] = field(default_factory=list)
    failure: Exception | None = None
    answers: dict[str, Verdict] = field(default_factory=dict)

    def __call__(self, text: str, as_of: int | None, proof: bytes | None, /) -> Verdict:
        self.questions.append((text, as_of))
        self.proofs.append(proof)
        if self.failure:
            raise self.failure
        answer = self.answers.get(text) or CASES.get(text) or GENUINE
        return answer if as_of is None else replace(answer, asked_at=as_of)


@dataclass
class Reader:
    """A file reader that finds the given texts, or fails."""

    texts: Sequence[str] = ("genuine_valid",)
    failure: ReadingError | None = None

    def __call__(self, _data: bytes, /) -> Sequence[str]:
        if self.failure:
            raise self.failure
        if not self.texts:
            raise NoCodeFound
        return self.texts


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="session")
def made() -> Flask:
    """One app for all tests: only its ports change, and its templates are compiled once."""
    nothing = Reader()
    return create_app(SETTINGS, VerifierPorts(Asked(), nothing, nothing, lambda: NOW))


@pytest.fixture
def app(made: Flask, asked: Asked, reader: Reader) -> Flask:
    made.extensions[EXTENSION] = Plugged(SETTINGS, VerifierPorts(asked, reader, reader, lambda: NOW))
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
