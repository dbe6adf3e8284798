"""The message catalogue: every sentence a user reads, by code, in Chinese and English."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

LANGUAGES: Final = ("zh", "en")


class MessageMissing(LookupError):
    """A code without a sentence in the asked language: a defect of ours, found by the catalogue test."""


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All sentences: code -> language -> text with ``{parameter}`` places. A code stands in one file only."""
    merged: dict[str, Mapping[str, str]] = {}
    files = [file for file in resources.files("web").joinpath("i18n").iterdir() if file.name.endswith(".json")]
    for file in sorted(files, key=lambda entry: entry.name):
        sentences: dict[str, Mapping[str, str]] = json.loads(file.read_text("utf-8"))
        twice = merged.keys() & sentences.keys()
        if twice:
            raise MessageMissing(f"{file.name} repeats {sorted(twice)}")
        merged.update(sentences)
    return merged


def say(code: str, lang: str, **params: object) -> str:
    """Return the sentence for `code` in `lang` ("zh" or "en") with its places filled; raise `MessageMissing`."""
    try:
        template = catalogue()[code][lang]
    except KeyError:
        raise MessageMissing(f"{code} [{lang}]") from None
    return template.format_map(_Shown({name: _printable(value) for name, value in params.items()}))


def both(code: str, **params: object) -> dict[str, str]:
    """Return the sentence in every language, as API answers carry it: ``{"zh": …, "en": …}``."""
    return {lang: say(code, lang, **params) for lang in LANGUAGES}


def _printable(value: object) -> object:
    """What came from outside moves no cursor, colours no terminal and turns no line around."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(each if each.isprintable() else " " if each.isspace() else "\ufffd" for each in value)


class _Shown(dict[str, object]):
    """A parameter that was not given shows as its own name, so that no sentence is lost over a detail."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
