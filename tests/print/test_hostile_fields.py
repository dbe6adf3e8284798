"""T57: whatever stands in a field is printed letter by letter or refused; nothing is read, run or hidden."""

import os
import re
import shutil
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.errors import CredentialsError
from credentials.model import Award, Credential, Holder
from issuers.render import render_certificate
from tests.print.certificates import JWT, POSTDOC, QR_TEXT, QUALIFICATION, TITLE, VERIFIER, certificate, page_text
from web.fonts import require_printable
from web.print_errors import MissingGlyph, PrintError, UnprintableCharacter

PAYLOADS = [
    '#read("/etc/passwd")',
    '#eval("1+1")',
    "#panic()",
    '#include "/etc/passwd"',
    '#image("file:///etc/passwd")',
    "#sys.inputs.face",
    "$x^2$ #x @a <label> *b* _i_ `c`",
    "\\ \\u{41} \\#",
    "= 标题 - 项目 + 一 / 甲: 乙",
    "https://evil.example/#1",
    "//注释 /* 注释 */",
    "'单' \"双\" ... -- --- ~",
    '","test":false,"x":"',
    "<script>alert(1)</script>",
    "{{7*7}} {% x %} ${7*7}",
    "]#[ ]) }",
]
TEXT_FIELDS = [
    (TITLE, ("name", "series", "specialty", "committee", "approval_no")),
    (QUALIFICATION, ("name", "specialty", "level", "exam", "admin_no")),
    (POSTDOC, ("station", "discipline", "partner", "postdoc_no")),
]


def printed(credential: Credential, **changes: object) -> str:
    arguments: dict[str, object] = {"verifier_address": VERIFIER, "issuer_name_en": None, "test": False}
    return page_text(render_certificate(credential, QR_TEXT, JWT, **(arguments | changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize(("award", "fields"), TEXT_FIELDS, ids=["title", "qualification", "postdoc"])
def test_payload_is_printed_as_it_is(award: Award, fields: tuple[str, ...], payload: str) -> None:
    spoiled = replace(award, **dict.fromkeys(fields, payload))
    text = printed(certificate(spoiled, issuer=payload), issuer_name_en=payload, verifier_address=payload)
    assert text.count("".join(payload.split())) >= len(fields) + 3
    assert "root:" not in text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payload_in_attachments_is_only_bytes(payload: str) -> None:
    page = render_certificate(
        certificate(), QR_TEXT, payload, verifier_address=VERIFIER, test=False, proof=payload.encode()
    )
    assert "欧阳建国" in page_text(page)


@pytest.mark.parametrize("payload", ["#read(1)", "$x$", "@a", "=1+1", "<b>"])
def test_a_name_cannot_hold_markup_at_all(payload: str) -> None:
    with pytest.raises(CredentialsError):
        Holder(payload)


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=38))
def test_any_ascii_is_printed_letter_by_letter(text: str) -> None:
    enclosed = f"甲{text}乙"  # pdfium takes a hyphen at the end of a line for a hyphenation
    assert enclosed in printed(certificate(replace(TITLE, specialty=enclosed)))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_printable_or_refused_by_code(text: str) -> None:
    try:
        require_printable(text, "x")
    except PrintError as error:
        refused = error.params
    else:
        return
    assert refused["code_point"] in {f"U+{ord(each):04X}" for each in text}
    assert refused["field"] == "x"


@pytest.mark.parametrize(("character", "code_point"), [("𪚥", "U+2A6A5"), ("ሀ", "U+1200"), ("😀", "U+1F600")])
def test_a_missing_glyph_is_named(character: str, code_point: str) -> None:
    with pytest.raises(MissingGlyph) as caught:
        printed(certificate(replace(TITLE, specialty=f"人工{character}智能")))
    assert caught.value.params == {"character": character, "code_point": code_point, "field": "专业"}
    assert caught.value.code == "web.missing_glyph"


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\ue863", "\x00", "\u2028", "\ufeff", "\U000e0041", "\n"])
def test_what_cannot_be_seen_is_refused(character: str) -> None:
    with pytest.raises(UnprintableCharacter):
        printed(certificate(), issuer_name_en=f"Bureau{character}")


def test_typesetting_reads_only_its_template_and_fonts_and_runs_nothing(tmp_path: Path) -> None:
    """Under strace: every file opened after the first page is listed; a payload that reads would add one."""
    strace = shutil.which("strace")
    if strace is None or os.environ.get("HALLMARK_NO_STRACE"):
        warnings.warn("strace is not installed: T57's file trace was NOT taken", pytest.PytestWarning, stacklevel=1)
        pytest.skip("strace is not installed: T57's file trace was NOT taken")
    trace = tmp_path / "trace"
    command = [
        strace,
        "-f",
        "-o",
        str(trace),
        "-e",
        "trace=openat,open,execve,connect,socket",
        sys.executable,
        "-c",
        SCRIPT,
    ]
    subprocess.run(command, check=True, timeout=60, cwd=Path(__file__).parents[2], capture_output=True)
    calls = trace.read_text(errors="replace").partition("/hallmark-first-page-stands")[2]
    assert "/hallmark-last-page-stands" in calls
    touched = set(re.findall(r'(?:openat|open)\(.*?"([^"]+)"', calls)) - {"/hallmark-last-page-stands"}
    allowed = ("certificate.typ", ".ttc", ".otf", ".ttf")
    assert not [path for path in touched if not path.endswith(allowed)]
    assert not re.search(r"execve|connect|socket", calls)


SCRIPT = """
from tests.print.certificates import *
from tests.print.test_hostile_fields import PAYLOADS
from issuers.render import render_certificate
def mark(name):
    try: open(name)
    except OSError: pass
def draw(payload):
    title = replace(TITLE, specialty=payload, committee=payload)
    render_certificate(certificate(title), QR_TEXT, JWT, verifier_address=VERIFIER, test=True)
draw("人工智能")
mark("/hallmark-first-page-stands")
for payload in PAYLOADS: draw(payload)
mark("/hallmark-last-page-stands")
"""
