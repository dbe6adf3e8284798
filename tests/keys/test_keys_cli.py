"""The key commands do what they say and never print a secret."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from keys.algorithms import Algorithm
from keys.cli import keys_group
from keys.errors import KeyExists, TransitionNotAllowed
from keys.jwk import from_jwk
from keys.keystore import KeyStore
from keys.rotation import KeyState, Purpose

_NOW = 1_790_000_000


@dataclass
class _House:
    folder: Path

    @property
    def keystore(self) -> KeyStore:
        return KeyStore(self.folder, b"phrase", lambda: _NOW)


@pytest.fixture
def house(tmp_path: Path) -> _House:
    return _House(tmp_path / "keys")


def _run(house: _House, *arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(keys_group, list(arguments), obj=house, input=answer)


def test_a_key_s_whole_life(house: _House, tmp_path: Path) -> None:
    made = _run(house, "generate", "seal", "--purpose", "credential", "--days", "20", "--staged")
    assert made.exit_code == 0, made.output
    record = house.keystore.record("seal")
    assert (record.purpose, record.state, record.opens_at, record.closes_at) == (
        Purpose.CREDENTIAL,
        KeyState.STAGED,
        _NOW,
        _NOW + 20 * 86400,
    )
    assert record.public_key.kid in made.output
    assert _run(house, "activate", "seal").exit_code == 0
    listed = _run(house, "list").output
    assert "20" in listed
    assert "轮换" in listed
    (described,) = json.loads(_run(house, "list", "--json").output)
    assert (described["name"], described["state"], described["days_left"], described["warning"]) == (
        "seal",
        "active",
        20,
        30,
    )
    exported = json.loads(_run(house, "export", "seal").output)
    assert from_jwk(exported) == record.public_key
    assert _run(house, "export", "seal", "--out", str(tmp_path / "seal.jwk")).exit_code == 0
    assert json.loads((tmp_path / "seal.jwk").read_text("utf-8")) == exported
    assert _run(house, "retire", "seal").exit_code == 0
    assert isinstance(_run(house, "activate", "seal").exception, TransitionNotAllowed)


def test_compromise_asks_first(house: _House) -> None:
    _run(house, "generate", "seal", "--purpose", "credential")
    assert _run(house, "compromise", "seal", answer="n\n").exit_code == 1
    assert house.keystore.record("seal").state is KeyState.ACTIVE
    assert _run(house, "compromise", "seal", "--yes").exit_code == 0
    assert house.keystore.record("seal").state is KeyState.COMPROMISED


def test_a_taken_name_is_refused(house: _House) -> None:
    _run(house, "generate", "log", "--purpose", "log", "--algorithm", "ML-DSA-44", "--opens-at", "5")
    assert house.keystore.record("log").public_key.algorithm is Algorithm.ML_DSA_44
    assert house.keystore.record("log").opens_at == 5
    assert isinstance(_run(house, "generate", "log", "--purpose", "log").exception, KeyExists)


def test_help_is_in_both_languages(house: _House) -> None:
    for name, command in keys_group.commands.items():
        text = _run(house, name, "--help").output
        assert command.help is not None
        assert "·" in command.help
        assert command.help.split(" ")[0] in text
