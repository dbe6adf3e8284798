"""Which language a request is answered in: `?lang=`, else Accept-Language, else Chinese. Nothing is remembered."""

from typing import Final, Literal

from flask import g, has_request_context, request

Lang = Literal["zh", "en"]
HTML_LANG: Final[dict[Lang, str]] = {"zh": "zh-CN", "en": "en"}
"""What stands in `<html lang>` and `Content-Language`: the certificates' Chinese is mainland Chinese."""


def asked_language() -> Lang | None:
    """Return the language that the address itself names, None when it names none or one we do not speak."""
    named = request.args.get("lang")
    return "zh" if named == "zh" else "en" if named == "en" else None


def language() -> Lang:
    """Return the language of this answer; decided once per request."""
    if not has_request_context():
        return "zh"
    if "lang" not in g:
        g.lang = asked_language() or _preferred()
    chosen: Lang = g.lang
    return chosen


def _preferred() -> Lang:
    """Chinese unless the browser ranks English above it; a header we cannot read counts as none."""
    best = request.accept_languages.best_match(["zh", "en"], default="zh")
    return "en" if best == "en" else "zh"


def other_language(lang: Lang) -> Lang:
    """Return the language that the switch on the page offers."""
    return "en" if lang == "zh" else "zh"
