"""`hallmark verify --name --number`: what was typed beside a code, compared on one's own machine, with the exit status of mismatch."""

import json
from pathlib import Path

from credentials.envelope import read_token
from credentials.qrtext import to_text
from tests.hallmark.command import run
from tests.hallmark.conftest import copied, opened, operators_passphrase


def test_the_command_compares_and_leaves_with_1_on_a_difference(kept: Path, tmp_path: Path) -> None:
    with operators_passphrase():
        home = copied(kept, tmp_path / "house")
        house = opened(home)
        house.publish()
        token, _ = house.ledger.sealed_bytes(next(house.ledger.records()).number)
        held, text = read_token(token).credential, to_text(house.settings.host, token)
        same = run(home, "verify", text, "--name", held.holder.name, "--number", held.number.lower(), "--lang", "en")
        assert (same.status, same.out.count(": The same")) == (0, 2)
        other = run(home, "verify", text, "--name", "查无此人", "--json")
        told = json.loads(other.out)
        assert (other.status, told["result"], told["credential"]) == (1, "mismatch", None)
        assert told["compared"] == {"number": None, "name": False}
        words = run(home, "verify", text, "--number", "1", "--lang", "en").out
        assert "Does not match what was typed" in words
        assert held.holder.name not in words
        run(home, "verify", text, "--name", "x", "--receipt", tmp_path / "r.jwt")
        assert not (tmp_path / "r.jwt").exists()
