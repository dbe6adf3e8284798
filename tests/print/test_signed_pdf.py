"""A PDF that is signed itself: the signature is not checked, and the answer says so instead of borrowing its look."""

from collections.abc import Sequence

import pytest

from issuers.render import render_certificate
from tests.print.certificates import JWT, QR_TEXT, VERIFIER, certificate
from tests.web.verdict_cases import GENUINE
from verifier.documents import read_pdf
from verifier.handed_in import contents_of, speaking_text
from web.messages import say

FIELD = (
    b"/Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /Rect [0 0 0 0] /V << /Type /Sig /Filter /Adobe.PPKLite"
    b" /SubFilter /ETSI.CAdES.detached /ByteRange [0 10 20 10] /Contents <30820000> >>"
)


@pytest.fixture(scope="module")
def page() -> bytes:
    return render_certificate(certificate(), QR_TEXT, JWT, verifier_address=VERIFIER, test=True)


def signed(page: bytes) -> bytes:
    """The same page with a signature field, by an incremental update as signing tools append one."""
    start = int(page[page.rindex(b"startxref") + 9 :].split()[0])
    rest = page[start:]
    catalogue = int(rest[rest.index(b"/Root") + 5 :].split()[0])
    size = int(rest[rest.index(b"/Size") + 5 :].split(b"/")[0].split()[0])
    head = b"\n%d 0 obj" % catalogue
    body = page[page.index(head) + len(head) : page.index(b"endobj", page.index(head))].rstrip()
    assert body.endswith(b">>")
    field = b"\n%d 0 obj\n<< %s >>\nendobj\n" % (size, FIELD)
    root = b"%d 0 obj%s /AcroForm << /SigFlags 3 /Fields [%d 0 R] >> >>\nendobj\n" % (catalogue, body[:-2], size)
    table = len(page) + len(field) + len(root)
    entries = b"xref\n%d 1\n%010d 00000 n \n%d 1\n%010d 00000 n \n" % (
        catalogue,
        len(page) + len(field),
        size,
        len(page) + 1,
    )
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    return page + field + root + entries + trailer % (size + 1, catalogue, start, table)


def no_picture(_data: bytes) -> Sequence[str]:
    return []


def test_a_signature_is_seen_and_the_rest_is_read_as_ever(page: bytes) -> None:
    plain, with_signature = read_pdf(page), read_pdf(signed(page))
    assert not plain.signed
    assert with_signature.signed
    assert with_signature.texts == plain.texts


def test_the_answer_says_that_it_was_not_checked(page: bytes) -> None:
    for data, codes in ((page, []), (signed(page), ["page.warning.pdf_signature"])):
        found = contents_of(data, no_picture, read_pdf)
        verdict, _ = speaking_text(found, [GENUINE] * len(found.texts))
        assert [each.code for each in verdict.warnings] == codes
    assert "没有核对" in say("page.warning.pdf_signature", "zh")
