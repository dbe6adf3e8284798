"""A key's id is an argument whatever it begins with; options before and after it stay options."""

import click
import pytest
from click.testing import CliRunner

from registry.cli_kid import KidCommand

KIDS = ["-mx5u3wV1Oa2kq0d7mH9cYtB4fGzR8sLpNjEoTiQuXA", "-h" + "A" * 41, "--" + "B" * 41, "C" * 43]


@pytest.mark.parametrize("kid", KIDS)
@pytest.mark.parametrize("order", [("{}", "--lost-at", "5"), ("--lost-at", "5", "{}"), ("--lost-at", "5", "--", "{}")])
def test_an_id_is_never_an_option(kid: str, order: tuple[str, ...]) -> None:
    @click.command(cls=KidCommand)
    @click.argument("kid")
    @click.option("--lost-at", type=int, required=True)
    @click.help_option("-h", "--help")
    def compromise(kid: str, lost_at: int) -> None:
        click.echo(f"{kid} {lost_at}")

    ran = CliRunner().invoke(compromise, [each.format(kid) for each in order])
    assert (ran.exit_code, ran.output) == (0, f"{kid} 5\n")
