"""docs/witness.md: every command and option in it exists, every status and every finding stands in it."""

import re
from pathlib import Path

import click

from hallmark.cli import _assemble, hallmark
from registry.witnesses.app import STATUS_OF
from web.messages import catalogue

PAGE = (Path(__file__).parents[2] / "docs" / "witness.md").read_text("utf-8")
NOTICES = {"done", "digest", "key_event", "issuer_seen", "issuer_from_here", "not_logged_yet", "witness_saw_nothing",
           "witness_ahead", "witness_shows_nonsense", "more_not_yours"}  # fmt: skip


def lines() -> list[str]:
    fenced = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    return [line for line in fenced + re.findall(r"`(hallmark [^`]+)`", PAGE) if line.startswith("hallmark ")]


def test_every_command_on_the_page_exists_with_its_options() -> None:
    _assemble()
    assert len(lines()) > 12
    for line in lines():
        words, command = line.split()[1:], hallmark
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            assert words[0] in command.commands, line
            command = command.commands[words.pop(0)]  # type: ignore[assignment]
        known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
        used = {word for word in words if word.startswith("--")}
        assert used <= known, line


def test_every_option_that_is_named_alone_exists() -> None:
    known = set()
    groups = [hallmark]
    for group in groups:
        for command in group.commands.values():
            known |= {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
            groups += [command] if isinstance(command, click.Group) else []
    named = set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert {"--ask", "--stale-after", "--no-require-ml-dsa", "--drop-witness"} <= named <= known


def test_every_status_of_the_witness_stands_there() -> None:
    assert {int(status) for status in re.findall(r"^\| (\d{3}) \|", PAGE, re.MULTILINE)} == {
        200, 409, 413, *STATUS_OF.values(),
    }  # fmt: skip


def test_every_finding_of_the_monitor_stands_there_and_no_other() -> None:
    told = {code.removeprefix("monitor.") for code in catalogue() if code.startswith("monitor.")} - NOTICES
    assert set(re.findall(r"`monitor\.([a-z_]+)`", PAGE)) - NOTICES == told
