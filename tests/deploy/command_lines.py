"""Reads a written command line as the program would, without doing anything."""

import click
from click.shell_completion import split_arg_string
from click.testing import CliRunner

from hallmark.cli import _assemble, hallmark

_assemble()


def require_understood(line: str, *, whole: bool = True) -> None:
    """Raise ClickException or AssertionError unless the command line takes `line`; files need not be there.

    A line that is not `whole` names a command in prose, and may leave out what it must be given.
    """
    program, *arguments = [word for word in split_arg_string(line) if word != "\\"]
    assert program.endswith("hallmark"), line
    if arguments[0] == "--home":
        del arguments[:2]
    context = click.Context(hallmark, info_name="hallmark", **hallmark.context_settings)
    command: click.Command = hallmark
    while isinstance(command, click.Group) and arguments:
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None, line
        command, context = found, click.Context(found, parent=context, info_name=name)
    try:
        with CliRunner().isolation(input="y\n"):  # some ask before they do what cannot be undone
            command.make_context(command.name, list(arguments), parent=context.parent)
    except click.BadParameter as error:
        if not _is_absence(error, whole):
            raise


def _is_absence(error: click.BadParameter, whole: bool) -> bool:
    """Whether the only thing wrong is that a file is not here, or that prose names a command without its arguments."""
    if isinstance(error, click.MissingParameter):
        return not whole
    return "does not exist" in error.format_message()
