"""docs/issuer-api.md is run: its client talks to a real server, its commands exist, its tables are the code's."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from pytest_socket import enable_socket

from hallmark.cli import _assemble, hallmark
from hallmark.settings import settings_from
from keys.b64 import unb64u
from registry.api.clients import SCOPES
from registry.api.routes import ROUTES
from registry.api.statuses import ERRORS
from registry.checkpoint import open_checkpoint
from registry.errors import RegistryError
from registry.merkle import leaf_hash, verify_inclusion
from registry.tables import ENTRY
from tests.registry_api.api_house import ApiHouse, serving
from tests.registry_rim.rim_house import BODY, signer
from web.database import reading
from web.messages import catalogue

PAGE = (Path(__file__).parents[2] / "docs" / "issuer-api.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^hallmark (.+)$", PAGE, re.MULTILINE)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ApiHouse]:
    enable_socket()
    made = ApiHouse(tmp_path)
    made.enrol("body", BODY)
    made.list_client("client", BODY)
    yield made
    made.engine.dispose()


def private(name: str) -> EllipticCurvePrivateKey:
    key = signer(name).private
    assert isinstance(key, EllipticCurvePrivateKey)
    return key


@pytest.mark.network
def test_the_client_on_the_page_issues_and_its_proof_holds(house: ApiHouse) -> None:
    assert len(BLOCKS) == 2
    with serving(house) as running:
        names: dict[str, object] = {"registry": running.address, "key": private("client"), "body_key": private("body")}
        names |= {"certificate": b"the signed bytes of the QR form", "document": b"header.payload"}
        for block in BLOCKS:
            exec(compile(block, "docs/issuer-api.md", "exec"), names)
    logged, proofs = names["logged"], names["proofs"]
    assert names["again"] == logged
    opened = open_checkpoint(
        logged["checkpoint"].encode(), house.log.identity, (), require_ml_dsa=True, witness_threshold=0
    ).checkpoint
    with reading(house.engine) as connection:
        body = connection.execute(ENTRY.select().where(ENTRY.c.idx == logged["first_index"])).one().body
    proof = [unb64u(node) for node in proofs[0]]
    verify_inclusion(logged["first_index"], opened.size, leaf_hash(body), proof, opened.root)


def test_the_commands_on_the_page_exist_with_their_options() -> None:
    _assemble()
    assert len(COMMANDS) == 9
    for line in COMMANDS:
        words = line.split()[2:]
        command = hallmark
        while words and hasattr(command, "commands") and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        options = {option for param in command.params for option in param.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def test_the_table_of_operations_is_the_codes() -> None:
    rows = dict(re.findall(r"^\| `(\w+ /api[^`]+)` \| (.+?) \|", PAGE, re.MULTILINE))
    assert rows.pop("POST /api/v1/token") == "–"
    assert rows == {f"{route.method} {route.path}": f"`{route.scope}`" if route.scope else "any" for route in ROUTES}
    assert all(f"`{scope}`" in PAGE for scope in SCOPES)


def test_the_table_of_refusals_is_the_codes() -> None:
    rows = {code: int(status) for status, code in re.findall(r"^\| (\d{3}) \| `([\w.]+)` \|", PAGE, re.MULTILINE)}
    classes = {kind.code: kind for kind in _kinds(RegistryError)}
    for route in ROUTES:
        for refusal in route.refusals:
            assert refusal.code in rows, refusal
    for code, status in rows.items():
        assert code in catalogue()
        if code in classes:
            assert status == next(ERRORS[kind] for kind in classes[code].__mro__ if kind in ERRORS), code


def _kinds(base: type[RegistryError]) -> Iterator[type[RegistryError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def test_the_settings_on_the_page_have_their_defaults(tmp_path: Path) -> None:
    settings = settings_from(tmp_path, {"host": "verify.example"})
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", PAGE, re.MULTILINE))
    assert rows.keys() >= {"registry", "api_url", "trusted_hops", "ledger_database"}
    assert (settings.registry, settings.api_url, settings.trusted_hops) == ("in-process", "https://verify.example", 0)
