"""The printed page: what it says, what is attached, that its code reads, and that it never changes by itself."""

import re
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pypdfium2 as pdfium
import pytest
import zxingcpp

from credentials.dates import PartialDate
from credentials.model import Award, Credential, Holder, Postdoc, Qualification
from issuers.print_errors import AttachmentInvalid, FieldTooLong
from issuers.render import render_certificate
from tests.print.certificates import (
    JWT,
    POSTDOC,
    PROOF,
    QR_TEXT,
    QUALIFICATION,
    TITLE,
    VERIFIER,
    certificate,
    page_picture,
    page_text,
)


def printed(
    credential: Credential, *, test: bool = False, proof: bytes | None = PROOF, english: str | None = None
) -> bytes:
    return render_certificate(
        credential, QR_TEXT, JWT, verifier_address=VERIFIER, issuer_name_en=english, test=test, proof=proof
    )


KINDS = [
    (
        TITLE,
        """职称证书 CERTIFICATE OF PROFESSIONAL TITLE 高级工程师 工程技术人才 Engineering 人工智能 副高级 评审 取得时间
        2026年9月16日 上海市工程系列人工智能专业高级职称评审委员会 沪人社职〔2026〕423号 不代表现聘岗位""",
    ),
    (
        QUALIFICATION,
        """职业资格证书 CERTIFICATE OF PROFESSIONAL QUALIFICATION 注册安全工程师 化工安全 中级 准入类
        人力资源和社会保障部考试 202605315499611988 执业须另行依法注册""",
    ),
    (
        POSTDOC,
        """博士后证书 POSTDOCTORAL CERTIFICATE 上海某某集成电路有限公司 博士后科研工作站 电子科学与技术 上海交通大学 255122
        2021年2月9日至2023年4月22日 9 February 2021 to 22 April 2023 博士后是工作经历，不是学位。""",
    ),
]


@pytest.mark.parametrize(("award", "words"), KINDS, ids=["title", "qualification", "postdoc"])
def test_every_field_can_be_copied_from_the_page(award: Award, words: str) -> None:
    credential = certificate(award)
    text = page_text(printed(credential, english="Shanghai Municipal Bureau"))
    wanted = f"欧阳建国 尾号 0019 {credential.number} 上海市人力资源和社会保障局 2026年9月21日 Shanghai Municipal Bureau {VERIFIER}"
    for word in f"{words} {wanted}".split():
        assert word in text, word
    assert "测试" not in text


def test_only_the_tail_of_the_identity_number_is_printed() -> None:
    text = page_text(printed(certificate()))
    assert not re.search(r"\d{17}[\dX]", text.replace(QR_TEXT, ""))


@pytest.mark.parametrize(
    "name",
    [
        "张䶮",
        "袁㼆佳",
        "𬱖𫖯",
        "Nguyễn Thị Hương",
        "阿卜杜拉·买买提",
        "Maximiliane-Friederike von Hohenzollern de la Fontaine",
    ],
)
def test_rare_characters_and_long_names_stay_text(name: str) -> None:
    credential = certificate(holder=Holder(name, "护照", "4195"))
    assert name.replace(" ", "") in page_text(printed(credential))


@pytest.mark.parametrize("test", [True, False])
@pytest.mark.parametrize("award", [TITLE, QUALIFICATION, POSTDOC], ids=["title", "qualification", "postdoc"])
def test_the_code_reads_at_150_dpi(award: Award, test: bool) -> None:
    codes = zxingcpp.read_barcodes(page_picture(printed(certificate(award), test=test)))
    assert [code.text for code in codes] == [QR_TEXT]
    corners = codes[0].position
    side = (corners.top_right.x - corners.top_left.x) / 150 * 25.4
    assert side >= 28  # millimetres without the quiet zone


def test_a_test_page_says_so_in_print_and_across() -> None:
    text = page_text(printed(certificate(), test=True))
    assert "测试样张，不具效力Specimenfortesting.Notvalid." in text
    assert "测试TEST" in text


def test_absent_fields_leave_no_trace() -> None:
    bare = [
        certificate(replace(TITLE, approval_no=None), holder=Holder("王䶮")),
        certificate(Qualification("经济专业技术资格", None, None, "水平评价类")),
        certificate(
            Postdoc("复旦大学", "博士后科研流动站", "生物学", None, PartialDate(2020), PartialDate(2022, 9)),
            awarded_on=PartialDate(2022, 9),
        ),
    ]
    for credential in bare:
        text = page_text(printed(credential, proof=None))
        for absent in ("None", "none", "批准文号", "管理号", "考试名称", "联合培养", "博士后编号", "有效期"):
            assert absent not in text


def test_partial_dates_are_printed_as_known() -> None:
    assert "1997年10月October1997" in page_text(printed(certificate(awarded_on=PartialDate(1997, 10))))
    assert "取得时间Dateofaward1997年1997批准" in page_text(printed(certificate(awarded_on=PartialDate(1997))))


def test_an_end_is_printed() -> None:
    assert "有效期至Validuntil2033年1月22日" in page_text(printed(certificate(expires_at=1_990_000_000)))


def test_the_longest_fields_still_fit_on_one_page() -> None:
    title = replace(
        TITLE, name="正" * 100, series="哲" * 100, specialty="智" * 100, committee="中" * 100, approval_no="沪" * 100
    )
    holder = Holder("港" * 100, "港澳居民来往内地通行证", "678A")
    page = printed(
        certificate(title, holder=holder, issuer="局" * 100, expires_at=1_990_000_000), english="Administration " * 12
    )
    text = page_text(page)
    for character in "正哲智中沪港局":
        assert text.count(character) >= 100
    assert [code.text for code in zxingcpp.read_barcodes(page_picture(page))] == [QR_TEXT]


def test_a_word_that_would_run_off_the_page_is_refused() -> None:
    with pytest.raises(FieldTooLong) as caught:
        printed(certificate(replace(TITLE, committee="W" * 41)))
    assert caught.value.params["field"] == "评审委员会"
    printed(certificate(holder=Holder("W" * 40)))


def test_attachments_are_the_bytes_handed_in() -> None:
    page = printed(certificate())
    document = pdfium.PdfDocument(page)
    found = {}
    for number in range(document.count_attachments()):
        attachment = document.get_attachment(number)
        found[attachment.get_name()] = bytes(attachment.get_data())
    document.close()
    assert found == {"credential.jwt": JWT.encode(), "proof.tlog-proof": PROOF}
    assert b"/AFRelationship /Source" in page or b"/AFRelationship/Source" in page
    assert b"application#2Fvc+jwt" in page
    alone = pdfium.PdfDocument(printed(certificate(), proof=None))
    assert alone.count_attachments() == 1
    alone.close()


@pytest.mark.parametrize(
    ("jwt", "proof"), [("", PROOF), (JWT, b""), (JWT, b"\xff\xfe"), ("A" * 65_537, None), ("\ud800", None)]
)
def test_what_cannot_be_attached_is_refused(jwt: str, proof: bytes | None) -> None:
    with pytest.raises(AttachmentInvalid):
        render_certificate(certificate(), QR_TEXT, jwt, verifier_address=VERIFIER, test=False, proof=proof)


def test_archival_form_with_the_font_inside() -> None:
    page = printed(certificate())
    assert b"<pdfaid:part>3</pdfaid:part>" in page
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in page
    assert b"NotoSansCJK" in page
    assert len(page) < 120_000


def test_same_arguments_same_bytes_from_any_thread() -> None:
    pages: list[bytes] = []
    threads = [Thread(target=lambda: pages.append(printed(certificate()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == 4
    assert len({*pages, printed(certificate())}) == 1


def test_typst_root_holds_the_template_alone() -> None:
    from issuers.render import TEMPLATES

    assert sorted(path.name for path in Path(TEMPLATES).glob("*.typ")) == ["certificate.typ"]
