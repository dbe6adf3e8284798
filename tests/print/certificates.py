"""Certificates to print, one of each kind and the awkward ones, with what their page must say."""

from dataclasses import replace
from uuid import UUID

import pypdfium2 as pdfium
from PIL import Image

from credentials.dates import PartialDate
from credentials.identifiers import new_number
from credentials.model import Award, Credential, Holder, Postdoc, Qualification, StatusRef, Title

VERIFIER = "https://hallmark.example"
QR_TEXT = "HTTPS://HALLMARK.EXAMPLE/#" + "1234567890" * 54
JWT = "eyJhbGciOiJFUzI1NiJ9." + "e30" * 700 + "." + "A" * 86
PROOF = b"c2sp.org/tlog-proof@v1\nindex 7\n" + b"QUJD" * 40 + b"\n"

TITLE = Title(
    "高级工程师",
    "工程技术人才",
    "人工智能",
    "副高级",
    "评审",
    "上海市工程系列人工智能专业高级职称评审委员会",
    "沪人社职〔2026〕423号",
)
QUALIFICATION = Qualification(
    "注册安全工程师", "化工安全", "中级", "准入类", "人力资源和社会保障部考试", "202605315499611988"
)
POSTDOC = Postdoc(
    "上海某某集成电路有限公司",
    "博士后科研工作站",
    "电子科学与技术",
    "上海交通大学",
    PartialDate(2021, 2, 9),
    PartialDate(2023, 4, 22),
    "255122",
)


def certificate(award: Award = TITLE, *, holder: Holder | None = None, **changes: object) -> Credential:
    """A certificate with `award` for 欧阳建国, with any field changed."""
    whole = Credential(
        id=UUID("c0ffee00-1234-4abc-8def-0123456789ab"),
        number=new_number(b"12345678"),
        holder=holder or Holder("欧阳建国", "居民身份证", "0019"),
        award=award,
        issuer="上海市人力资源和社会保障局",
        issuer_code="113100003000000006",
        awarded_on=PartialDate(2026, 9, 16),
        status=StatusRef(3, 71),
        issued_at=1_790_000_000,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def page_text(page: bytes) -> str:
    """The text that a reader can copy from the only page, without white space."""
    document = pdfium.PdfDocument(page)
    try:
        assert len(document) == 1
        return "".join(document[0].get_textpage().get_text_bounded().split())
    finally:
        document.close()


def page_picture(page: bytes, dpi: int = 150) -> Image.Image:
    """The only page as a grey picture."""
    document = pdfium.PdfDocument(page)
    try:
        return document[0].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")
    finally:
        document.close()
