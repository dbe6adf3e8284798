"""What stands in `hallmark.toml` about witnesses is read strictly, and a defect is named in both languages."""

from pathlib import Path

import pytest

from hallmark.errors import SettingsInvalid
from hallmark.settings import settings_from
from keys.algorithms import Algorithm
from keys.signer import SoftwareSigner
from registry.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, ED25519, NoteKey
from web.messages import catalogue

_PLAIN = SoftwareSigner.from_seed(Algorithm.ED25519, b"w1").public_key
_LASTING = SoftwareSigner.from_seed(Algorithm.ML_DSA_44, b"w1").public_key
KEY = NoteKey("witness.example/w1", COSIGNATURE_ED25519, _PLAIN).to_vkey()
LASTING = NoteKey("witness.example/w1", COSIGNATURE_ML_DSA_44, _LASTING).to_vkey()
OTHER = NoteKey("witness.example/w2", COSIGNATURE_ML_DSA_44, _LASTING).to_vkey()
LOGS = NoteKey("witness.example/w1", ED25519, _PLAIN).to_vkey()
URL = "https://witness.example/w1"


def read(tmp_path: Path, **members: object):
    return settings_from(tmp_path, {"host": "verify.example", **members})


def test_witnesses_are_asked_at_an_address_and_known_by_one_key_or_two(tmp_path: Path) -> None:
    assert (read(tmp_path).witnesses, read(tmp_path).house_witness, read(tmp_path).witness_threshold) == ((), True, 1)
    local = {"url": "http://127.0.0.1:8710", "keys": [KEY, LASTING]}
    settings = read(tmp_path, witness=[local], house_witness=False, witness_threshold=3)
    (witness,) = settings.witnesses
    assert (witness.url, [key.to_vkey() for key in witness.keys]) == (local["url"], local["keys"])
    assert (settings.house_witness, settings.witness_threshold) == (False, 3)


@pytest.mark.parametrize(
    ("members", "defect"),
    [
        ({"house_witness": "no"}, "bool"), ({"house_witness": False}, "none"), ({"witness_threshold": 0}, "number"),
        ({"witness_threshold": True}, "number"), ({"witness": {"url": URL, "key": KEY}}, "table"),
        ({"witness": [{"url": URL}]}, "members"), ({"witness": [{"url": URL, "key": KEY, "x": 1}]}, "members"),
        ({"witness": ["x"]}, "members"), ({"witness": [{"url": "http://witness.example", "key": KEY}]}, "url"),
        ({"witness": [{"url": 5, "key": KEY}]}, "url"), ({"witness": [{"url": URL, "key": KEY[:-4]}]}, "vkey"),
        ({"witness": [{"url": URL, "key": 5}]}, "vkey"), ({"witness": [{"url": URL, "keys": 5}]}, "vkey"),
        ({"witness": [{"url": URL, "keys": []}]}, "keys"), ({"witness": [{"url": URL, "key": LOGS}]}, "keys"),
        ({"witness": [{"url": URL, "keys": [KEY, OTHER]}]}, "keys"),
        ({"witness": [{"url": URL, "key": KEY}, {"url": "https://elsewhere.example", "key": KEY}]}, "twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, members: dict[str, object], defect: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read(tmp_path, **members)
    assert refused.value.params["defect"] == f"witness_{defect}"
    assert f"hallmark.settings_invalid.witness_{defect}" in catalogue()
