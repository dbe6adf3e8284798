"""Prints a receipt: PDF/A-3b in Chinese and English with the signed `receipt.jwt` attached; the page alone proves nothing."""

from pathlib import Path
from typing import Any, Final

import typst

from keys.jws import read_compact
from keys.strictjson import loads
from registry.files import replace_file
from verifier.receipts.claims import Checked, CheckReceipt, from_claims
from verifier.receipts.sealing import MAX_BYTES, TYP
from verifier.receipts.wording import answer, lines, steps
from web.fonts import printable
from web.messages import LANGUAGES, both, say
from web.print_errors import TypesettingFailed
from web.typeset import Template

_TEMPLATE: Final = Template(Path(__file__).parent / "templates" / "receipt.typ")
_BREAK_EVERY: Final = 32


def write_receipt(file: Path, sealed: str) -> None:
    """Write a sealed receipt: as PDF where `file` is called so, else the JWT alone. Raises OSError, PrintError."""
    data = print_receipt(sealed) if file.suffix.lower() == ".pdf" else f"{sealed}\n".encode("ascii")
    replace_file(file, data, durable=False)


def print_receipt(sealed: str) -> bytes:
    """Return a receipt of ours as PDF, the same bytes for the same receipt. Does not verify it. Raises PrintError."""
    receipt = from_claims(loads(read_compact(sealed, typ=TYP, max_bytes=MAX_BYTES).payload))
    try:
        return _TEMPLATE.pdf(_shown(_face(receipt, sealed)), receipt.issued_at)
    except typst.TypstError as error:
        raise TypesettingFailed(reason=str(error)[:200]) from error


def _face(receipt: CheckReceipt, sealed: str) -> dict[str, Any]:
    content = receipt.content
    is_check = isinstance(content, Checked)
    told = {lang: lines(receipt, lang) for lang in LANGUAGES}
    return {
        "jwt": sealed,
        "test": receipt.test,
        "test_words": both("receipt.test"),
        "title": both("receipt.title" if is_check else "receipt.title.summary"),
        "answer": {lang: _answer(receipt, lang) for lang in LANGUAGES},
        "today": both("receipt.today"),
        "lines": [_line(zh, en) for zh, en in zip(told["zh"], told["en"], strict=True)],
        "steps_title": both("receipt.steps"),
        "steps": _steps(content) if isinstance(content, Checked) else [],
        "verify": both("receipt.verify", address=receipt.issuer),
    }


def _answer(receipt: CheckReceipt, lang: str) -> str:
    content = receipt.content
    return (
        answer(content, lang) if isinstance(content, Checked) else say("receipt.rows_checked", lang, rows=content.rows)
    )


def _line(zh: tuple[str, str], en: tuple[str, str]) -> dict[str, str]:
    gloss = "" if zh[1] == en[1] else en[1]
    return {"zh": zh[0], "en": en[0], "value": _breakable(zh[1]), "gloss": _breakable(gloss)}


def _steps(content: Checked) -> list[dict[str, str]]:
    both_ways = zip(steps(content, "zh"), steps(content, "en"), strict=True)
    return [{"zh": f"{zh[0]} {zh[1]} {zh[3]}", "en": f"{en[1]}: {en[3]}", "code": zh[4]} for zh, en in both_ways]


def _breakable(text: str) -> str:
    """A long word, such as a digest, in pieces that a line can hold."""
    words = (
        " ".join(word[at : at + _BREAK_EVERY] for at in range(0, len(word), _BREAK_EVERY)) for word in text.split(" ")
    )
    return " ".join(words)


def _shown(face: Any) -> Any:
    """The face with every character that our font cannot show as its code point: a receipt is not refused over a name."""
    if isinstance(face, str):
        return face if printable(face) else "".join(c if printable(c) else f"〔U+{ord(c):04X}〕" for c in face)
    if isinstance(face, dict):
        return {name: _shown(value) for name, value in face.items()}
    return [_shown(value) for value in face] if isinstance(face, list) else face
