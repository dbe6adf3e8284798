"""What a person reads when a command did not work: one Chinese and one English sentence, and the exit status.

64 wrong usage, 65 bad input or refused, 70 a defect of ours, 75 try again; 130 interrupted.
"""

import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from web.database import is_busy, is_lost
from web.messages import LANGUAGES, MessageMissing, catalogue, say

USAGE, REFUSED, DEFECT, TRY_AGAIN, INTERRUPTED = 64, 65, 70, 75, 130
_TRY_AGAIN: Final = frozenset(
    {
        "registry.busy",
        "registry.storage_lost",
        "registry.unreachable",
        "registry.asked_too_often",
        "registry.witness_conflict",
        "registry.too_few_witnesses",
        "issuers.already_under_way",
        "verifier.reader_busy",
        "hallmark.store_busy",
    }
)
_HAN: Final = re.compile(r"[\u4e00-\u9fff]|--\S+ 与")
_NO_COMMAND: Final = re.compile(r"No such command '(.*)'")
_PATH: Final = re.compile(r"(?:File|Directory|Path) '(.*)' (?:does not exist|is (?:not|a)\b)")


@dataclass(frozen=True, slots=True)
class Explained:
    """The lines for standard error (Chinese first) and the exit status."""

    lines: tuple[str, ...]
    status: int


def explain(error: BaseException) -> Explained:
    """Explain whatever left a command. A defect of ours keeps its trace; nothing else shows one."""
    match error:
        case click.exceptions.Abort() | KeyboardInterrupt():
            return Explained(sentences("hallmark.interrupted"), INTERRUPTED)
        case click.ClickException():
            return Explained(_usage(error), USAGE)
        case OSError():
            return _file(error)
        case DBAPIError() | NoFreeConnection():
            return _store(error)
    code = getattr(error, "code", None)
    if isinstance(code, str):
        return Explained(_refusal(code, getattr(error, "params", {})), TRY_AGAIN if code in _TRY_AGAIN else REFUSED)
    trace = "".join(traceback.format_exception(error)).rstrip()
    return Explained((trace, *sentences("hallmark.defect")), DEFECT)


def sentences(code: str, /, **params: object) -> tuple[str, ...]:
    """The sentence of a code in Chinese and in English."""
    return tuple(say(code, lang, **_in_words(code, params, lang)) for lang in LANGUAGES)


def _refusal(code: str, params: Mapping[str, object]) -> tuple[str, ...]:
    try:
        return sentences(code, **params)
    except MessageMissing:
        return sentences("hallmark.unexplained", what=code)


def _in_words(code: str, params: Mapping[str, object], lang: str) -> dict[str, object]:
    """Parameters that are themselves codes, of their own or below `code`, are said in words."""
    known = catalogue()
    told: dict[str, object] = {}
    for name, value in params.items():
        below = f"{code}.{value}"
        told[name] = say(below, lang) if below in known else say(value, lang) if value in known else value  # type: ignore[arg-type]
    return told


def _file(error: OSError) -> Explained:
    name = Path(str(error.filename)).name if error.filename else "…"
    reason = error.strerror or type(error).__name__
    return Explained(sentences("hallmark.file_failed", name=name, reason=reason), REFUSED)


def _store(error: DBAPIError | NoFreeConnection) -> Explained:
    if is_busy(error):
        return Explained(sentences("hallmark.store_busy"), TRY_AGAIN)
    if is_lost(error):
        return Explained(sentences("hallmark.store_lost"), TRY_AGAIN)
    return Explained(sentences("hallmark.store_failed", reason=str(getattr(error, "orig", error))), REFUSED)


# wrong usage -------------------------------------------------------------------------------------------------------


def _usage(error: click.ClickException) -> tuple[str, ...]:
    message = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError) or (
        type(error) is click.UsageError and _HAN.match(message)
    ):
        return (message,)  # the help page, or a room's own sentence in both languages
    context = getattr(error, "ctx", None)
    code, params = _usage_code(error, message)
    return sentences(code, help=f"{context.command_path if context else 'hallmark'} --help", **params)


def _usage_code(error: click.ClickException, message: str) -> tuple[str, dict[str, str]]:
    match error:
        case click.NoSuchOption():
            return "hallmark.usage_no_option", {"what": error.option_name}
        case click.MissingParameter():
            return "hallmark.usage_missing", {"what": _named(error)}
        case click.BadParameter():
            return _bad_value(error)
    if command := _NO_COMMAND.match(message):
        return "hallmark.usage_no_command", {"what": command[1]}
    if message == "Missing command.":
        return "hallmark.usage_missing", {"what": "COMMAND"}
    return "hallmark.usage", {"detail": message}


def _bad_value(error: click.BadParameter) -> tuple[str, dict[str, str]]:
    what = _named(error)
    if path := _PATH.match(error.message):
        return "hallmark.usage_no_file", {"what": what, "path": path[1]}
    kind = error.param.type if error.param else None
    if isinstance(kind, click.Choice):
        return "hallmark.usage_not_one_of", {"what": what, "words": " ".join(map(str, kind.choices))}
    return "hallmark.usage_bad_value", {"what": what, "detail": error.message}


def _named(error: click.BadParameter) -> str:
    """The parameter as the command line writes it."""
    if error.param is None or error.ctx is None:
        return str(error.param_hint or "?")
    if isinstance(error.param, click.Argument):
        return (error.param.name or "?").upper()
    return error.param.get_error_hint(error.ctx).replace("'", "")
