"""Warnings are loud and decide nothing: a code that leads elsewhere, a certificate sealed long before it was logged."""

import socket

import pytest

from tests.verifier.published_world import HOST, InMemory, World, findings, told
from verifier.check import check
from verifier.gather import Gatherer
from verifier.policy import ONLINE

UNLISTED = [
    "evil.example",
    "hallmark.example.evil.example",
    "hallmark-example.com",
    "www.hallmark.example",
    "hallmark.example:8443",
    "xn--hallmrk-6ya.example",
    "hаllmark.example",  # a Cyrillic a
    "127.0.0.1",
    "169.254.169.254",
    "[::1]",
]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every attempt to look up or reach an address, and each of them fails."""
    attempts: list[object] = []

    def refuse(*arguments: object, **_: object) -> None:
        attempts.append(arguments)
        raise OSError("no network in this test")

    for name in ("getaddrinfo", "gethostbyname", "create_connection", "socket"):
        monkeypatch.setattr(socket, name, refuse)
    return attempts


@pytest.mark.parametrize("host", UNLISTED)
@pytest.mark.parametrize("name", ["valid", "revoked"])
def test_an_unlisted_host_is_named_never_opened_and_changes_nothing(
    world: World, opened: list[object], host: str, name: str
) -> None:
    digits = world[name].text.partition("#")[2]
    text = f"HTTPS://{host}/#{digits}"
    source = InMemory(world.folder)
    evidence = Gatherer(source, world.roots, lambda: world.now).evidence_for(text)
    verdict = check(text, evidence, ONLINE, now=world.now)
    plain = world.ask(digits)
    assert told(verdict) == told(plain)
    assert verdict.findings == plain.findings
    assert verdict.credential == plain.credential
    (warning,) = verdict.warnings
    assert (warning.code, warning.params) == ("check.host_unlisted", {"host": host.lower()})
    assert opened == []
    assert not any(host in path for path in source.asked)


@pytest.mark.parametrize("host", [HOST, HOST.upper(), "Hallmark.Example"])
def test_the_official_host_in_any_case_is_no_warning(world: World, host: str) -> None:
    digits = world["valid"].text.partition("#")[2]
    assert world.ask(f"https://{host}/#{digits}").warnings == ()


def test_a_foreign_host_makes_no_forgery_better(world: World) -> None:
    """T58: a look-alike site with a code that is not ours stays what it is."""
    text = world["valid"].text.replace(HOST.upper(), "EVIL.EXAMPLE")
    altered = text[:-3] + ("111" if not text.endswith("111") else "222")
    verdict = world.ask(altered)
    assert told(verdict) == ("altered", None, 1)
    assert told(world.ask("https://evil.example/verify?id=1")) == ("unreadable", None, 3)


@pytest.mark.parametrize(("name", "warned"), [("valid", False), ("backdated a day", False), ("backdated more", True)])
def test_sealed_more_than_a_day_before_it_was_logged_is_a_warning(world: World, name: str, warned: bool) -> None:
    """T26: the certificate stands; who backdates is seen."""
    for text in (world[name].text, world[name].document):
        verdict = world.ask(text)
        assert told(verdict) == ("genuine_valid", None, 0)
        assert findings(verdict)["check.logged"] == "pass"
        codes = [warning.code for warning in verdict.warnings]
        assert codes == (["check.iat_far_from_log_time"] if warned else [])
    if warned:
        (warning,) = world.ask(world[name].text).warnings
        issued = world[name].credential.issued_at
        assert warning.params == {"issued": issued, "logged": issued + 86_401}


def test_warnings_stand_beside_each_other_and_in_the_answer_for_programs(world: World) -> None:
    text = world["backdated more"].text.replace(HOST.upper(), "EVIL.EXAMPLE")
    verdict = world.ask(text)
    assert told(verdict) == ("genuine_valid", None, 0)
    told_codes = [warning["code"] for warning in verdict.to_json()["warnings"]]
    assert told_codes == ["check.host_unlisted", "check.iat_far_from_log_time"]


def test_superseded_says_what_to_look_for_instead(world: World) -> None:
    verdict = world.ask(world["superseded"].text)
    assert told(verdict) == ("genuine_not_valid", "superseded", 1)
    assert verdict.successor == world["successor"].number
    assert told(world.ask(world["successor"].text)) == ("genuine_valid", None, 0)
