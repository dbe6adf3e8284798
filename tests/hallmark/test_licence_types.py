"""A body that numbers by GB/T 36904: from its type code in hallmark.toml to print, look-up and verifier."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from credentials.envelope import read_document, read_token
from credentials.identifiers import LicenceIdentifier
from credentials.qrtext import to_text
from hallmark.errors import SettingsInvalid
from hallmark.settings import settings_from
from issuers.qr import qr_version
from tests.hallmark.command import run
from tests.hallmark.conftest import numbers_of, opened
from tests.print.certificates import page_text

TYPE = "11100000000000002Q001"


@pytest.fixture
def numbering(founded: Path, sheet: Callable[..., Path]) -> Path:
    """A house in which the bureau numbers its titles by type code, and nobody else does."""
    with (founded / "hallmark.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[licence_types.11310000100000000F]\ntitle = "{TYPE}"\n')
    run(founded, "issue", sheet(slice(8)), "--kind", "title").fine()
    return founded


def test_the_identifier_is_sealed_printed_shown_and_looked_up(numbering: Path, tmp_path: Path) -> None:
    house = opened(numbering)
    by_body = {house.ledger.record(number).body_code: number for number in numbers_of(numbering)}
    assert len(by_body) > 1
    for body, number in by_body.items():
        token, document = house.ledger.sealed_bytes(number)
        identifier = read_document(document).credential.identifier
        assert read_token(token).credential.identifier is None
        if body != "11310000100000000F":
            assert identifier is None
            continue
        assert identifier == str(LicenceIdentifier(TYPE, body, number, 1))
        assert qr_version(to_text(house.settings.host, token)) <= 11
        assert f"{number}\t" in run(numbering, "status", identifier).fine().out
        spaced = identifier.lower().replace(".", ". ")
        assert f"{number}\t" in run(numbering, "status", spaced).fine().out
        run(numbering, "render", identifier, "--to", tmp_path).fine()
        assert identifier in page_text((tmp_path / f"{number}.pdf").read_bytes()).replace(" ", "").replace("\n", "")
        told = json.loads(run(numbering, "verify", tmp_path / f"{number}.pdf", "--json").out)
        assert (told["result"], told["credential"]["identifier"]) == ("genuine_valid", identifier)
        shown = run(numbering, "verify", document, "--lang", "zh").fine().out
        assert f"电子证照标识: {identifier}" in shown
        run(numbering, "revoke", identifier).fine()


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"1131": {"title": TYPE}},
        {"11310000100000000F": TYPE},
        {"11310000100000000F": {"licence": TYPE}},
        {"11310000100000000F": {"title": TYPE[:-1]}},
        {"11310000100000000F": {"title": 7}},
    ],
)
def test_wrong_settings_are_refused_with_the_member_named(wrong: object, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        settings_from(tmp_path, {"host": "verify.example", "licence_types": wrong})
    assert str(refused.value.params["member"]).startswith("licence_types")
    assert str(refused.value.params["defect"]).startswith("licence_")


def test_the_command_says_it_in_both_languages(founded: Path) -> None:
    with (founded / "hallmark.toml").open("a", encoding="utf-8") as file:
        file.write('\n[licence_types.11310000100000000F]\ntitle = "A"\n')
    chinese, english = run(founded, "status").refused()
    assert "21" in chinese
    assert "21 characters" in english
