"""QR codes: what is drawn is what is read, by a second library's pen too."""

import io
import random
import xml.etree.ElementTree as ET

import pytest
import qrcode
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from issuers.print_errors import QrTextInvalid
from issuers.qr import qr_png, qr_svg, qr_terminal, qr_version
from tests.print.certificates import QR_TEXT

QR_CODES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


def read(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture, formats=QR_CODES)]


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("L")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**600))
def test_png_reads_back(number: int) -> None:
    text = f"HTTPS://HALLMARK.EXAMPLE/#{number}"
    assert read(opened(qr_png(text, scale=3))) == [text]


def test_png_has_four_quiet_modules_and_is_small() -> None:
    picture = opened(qr_png(QR_TEXT, scale=5))
    assert picture.size == ((4 * 11 + 17 + 8) * 5,) * 2
    dark = picture.point(lambda value: 255 - value).getbbox()
    assert dark == (20, 20, picture.width - 20, picture.width - 20)
    assert len(qr_png(QR_TEXT)) < 2_000


def test_same_text_same_bytes() -> None:
    assert qr_png(QR_TEXT) == qr_png(QR_TEXT)
    assert qr_svg(QR_TEXT) == qr_svg(QR_TEXT)


def test_svg_is_one_inert_element_with_the_same_modules() -> None:
    svg = qr_svg(QR_TEXT)
    root = ET.fromstring(svg)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "path"}
    assert "href" not in svg
    assert "style" not in svg
    side = int(root.attrib["viewBox"].split()[2])
    drawn = Image.new("L", (side, side), 255)
    for run in root[1].attrib["d"].split("M")[1:]:
        start, rest = run.split("h", 1)
        x, y = map(int, start.split())
        drawn.paste(0, (x, y, x + int(rest.split("v")[0]), y + 1))
    assert drawn.tobytes() == opened(qr_png(QR_TEXT, scale=1)).tobytes()


@pytest.mark.parametrize("digits", [90, 160, 250, 380, 470, 540])
def test_the_independent_encoder_takes_the_same_version(digits: int) -> None:
    rng = random.Random(digits)
    text = "HTTPS://HALLMARK.EXAMPLE/#" + "".join(rng.choice("0123456789") for _ in range(digits))
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=3, border=4)
    code.add_data(text, optimize=20)
    drawn = io.BytesIO()
    code.make_image().save(drawn)
    assert code.version == qr_version(text)
    assert read(opened(drawn.getvalue())) == [text]


def test_the_standard_length_stays_at_version_11() -> None:
    assert qr_version("HTTPS://HALLMARK.EXAMPLE/#" + str(1 << 8 * 226)) == 11


def test_terminal_picture_reads_back() -> None:
    lines = qr_terminal(QR_TEXT).splitlines()
    picture = Image.new("L", (max(map(len, lines)), 2 * len(lines)), 255)
    for y, line in enumerate(lines):
        for x, block in enumerate(line):
            upper, lower = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255)}.get(block, (0, 0))
            picture.putpixel((x, 2 * y), upper)
            picture.putpixel((x, 2 * y + 1), lower)
    assert read(picture.resize((picture.width * 4, picture.height * 4), Image.Resampling.NEAREST)) == [QR_TEXT]


@pytest.mark.parametrize("text", ["", "证书", "a\nb", "A" * 3400, "1" * 5597, "\ud800"])
def test_what_no_code_holds_is_refused(text: str) -> None:
    for draw in (qr_png, qr_svg, qr_version, qr_terminal):
        with pytest.raises(QrTextInvalid):
            draw(text)


@pytest.mark.parametrize("scale", [0, -1, 41])
def test_scale_is_bounded(scale: int) -> None:
    with pytest.raises(QrTextInvalid):
        qr_png(QR_TEXT, scale=scale)
