"""The text in the QR code: what is read, what is refused, and as what."""

import time
import tracemalloc
import zlib
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.dictionary import DICTIONARIES
from credentials.errors import Damaged, HostUnfit, NotOurs, TokenTooLarge, UnknownVersion
from credentials.qrtext import MAX_TOKEN, deflated, fit_host, from_text, inflated, to_digits, to_text

# What no token lacks: a key identifier, a UUID and a signature, which do not compress.
NOISE = b"".join(sha256(bytes((place,))).digest() for place in range(3))


def text_of(body: bytes, *, version: int = 1, mark: int = 1) -> str:
    return f"HTTPS://VERIFY.EXAMPLE/#{int.from_bytes(bytes((mark, version)) + body, 'big')}"


def stream_of(token: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(token) + packer.flush()


@settings(deadline=None)
@given(st.binary(max_size=1000))
def test_a_token_comes_back_from_its_text(content):
    token = NOISE + content
    found = from_text(to_text("verify.example", token))
    assert (found.host, found.version, found.cose) == ("VERIFY.EXAMPLE", 1, token)
    bare = from_text(to_digits(token))
    assert (bare.host, bare.cose) == (None, token)


def test_the_forms_that_are_read(text, sealed):
    digits = text.partition("#")[2]
    forms = {
        text: "VERIFY.EXAMPLE",
        text.lower(): "verify.example",
        f"  {text}\n": "VERIFY.EXAMPLE",
        f"https://Verify.Example/c/{digits}": "Verify.Example",
        f"HTTPS://VERIFY.EXAMPLE/C/{digits}": "VERIFY.EXAMPLE",
        f"https://localhost:8080/#{digits}": "localhost:8080",
        f"https://核验.example/#{digits}": "核验.example",
        digits: None,
        f" {digits} ": None,
    }
    for form, host in forms.items():
        found = from_text(form)
        assert (found.host, found.cose) == (host, sealed.token)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "张三", "https://example.com/", "https://example.com/#", "https://example.com/#300", "https://example.com/#12a",
        "https://example.com/path/#1234567890", "13812345678", "310115198503070019", "5" * 400, "1" * 5_000, "9" * 1_000_000,
        "HC1:NCFOXN%TS3DH3ZSUZK+.V0ETD%65NL-AH-R6IOOK.IR9B+9D/GSGRC3N", "١٢٣٤٥٦٧٨٩٠" * 40, "1_000" * 50, "+" + "1" * 460,
        "javascript:alert(1)", "WIFI:S:x;;", "\x00", "0", "0" * 460, "-1", "1e400",
    ],
)  # fmt: skip
def test_what_is_not_ours(text):
    with pytest.raises(NotOurs) as refusal:
        from_text(text)
    assert refusal.value.code == "credentials.not_ours"


def test_hosts_that_would_mislead_are_not_read(text):
    digits = text.partition("#")[2]
    for host in (
        "real.gov.cn@evil.example",
        "real.gov.cn\u202e",
        "real.gov.cn\\evil",
        "a b",
        "",
        "x" * 254,
        "a?b",
        "a\x00b",
    ):
        with pytest.raises(NotOurs):
            from_text(f"https://{host}/#{digits}")
    with pytest.raises(NotOurs):
        from_text(f"http://verify.example/#{digits}")


def test_an_unknown_version_says_so(sealed):
    body = deflated(sealed.token)
    for version in (0, 2, 255):
        with pytest.raises(UnknownVersion) as refusal:
            from_text(text_of(body, version=version))
        assert refusal.value.params == {"version": version}
        assert refusal.value.code == "credentials.unknown_version"
    for mark in (2, 129, 255):
        with pytest.raises(NotOurs):
            from_text(text_of(body, mark=mark))


def test_what_is_damaged(sealed, text):
    body = deflated(sealed.token)
    digits = text.partition("#")[2]
    damaged = {
        "0" + digits: "leading zero",
        text.replace("#", "#000"): "leading zero",
        text_of(body + b"\x00"): "deflate end",
        text_of(body + body): "deflate end",
        text_of(body[:-1]): "deflate end",
        text_of(body[:-60]): "deflate end",
        text_of(b"\xff" * 200): "deflate",
        text_of(b"\x00" * 200): "deflate",
    }
    for altered, reason in damaged.items():
        with pytest.raises(Damaged) as refusal:
            from_text(altered)
        assert refusal.value.params == {"reason": reason}
        assert refusal.value.code == "credentials.damaged"


def test_a_bomb_costs_neither_time_nor_memory():
    bomb = stream_of(bytes(1_700_000))
    assert len(bomb) < 1_750
    text = text_of(bomb)
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(Damaged) as refusal:
        from_text(text)
    took, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refusal.value.params == {"reason": "too large"}
    assert took < 0.010
    assert peak < 256 * 1024


def test_the_largest_token_is_read_and_one_byte_more_is_not():
    assert len(inflated(stream_of(bytes(MAX_TOKEN)))) == MAX_TOKEN
    with pytest.raises(Damaged):
        inflated(stream_of(bytes(MAX_TOKEN + 1)))


def test_what_cannot_be_written():
    with pytest.raises(TokenTooLarge):
        to_digits(bytes(MAX_TOKEN + 1))
    with pytest.raises(TokenTooLarge):
        to_digits(b"".join(sha256(bytes([place])).digest() for place in range(60)))
    with pytest.raises(UnknownVersion):
        to_digits(b"x" * 100, version=2)


@pytest.mark.parametrize("host", ["verify.example", "V.CN", "12345678901234567.cn", "a-b.example", "v.example:8443"])
def test_hosts_that_fit(host):
    assert fit_host(host) == host.upper()


@pytest.mark.parametrize(
    "host",
    [
        "",
        "verify",
        "123456789012345678.cn",
        "核验.example",
        "a/b.cn",
        "a b.cn",
        "-a.cn",
        "a..cn",
        "a.cn#",
        "ſ.example",
        "a.cn\n",
    ],
)
def test_hosts_that_do_not_fit(host):
    with pytest.raises(HostUnfit):
        fit_host(host)


@settings(deadline=None, max_examples=500)
@given(st.text(max_size=600) | st.from_regex(r"(HTTPS://V\.CN/#)?[0-9]{1,600}", fullmatch=True))
def test_any_text_gives_one_of_three_answers(text):
    with suppress(NotOurs, Damaged, UnknownVersion):
        from_text(text)


def test_dictionary_1_is_what_was_published():
    """Changing one byte of a published dictionary makes every certificate printed with it unreadable."""
    assert len(DICTIONARIES[1]) == 11099
    assert sha256(DICTIONARIES[1]).hexdigest() == "323f320f3fc6283f68e2262412d84b0adacd82a76c56bfcc7a27562fdc44072f"
    assert len(DICTIONARIES[1]) <= 32_768


def test_the_dictionary_names_no_single_body():
    for body in ("上海市人力资源", "上海市职业能力考试院", "上海市博士后", "浦东", "北京市人力资源"):
        assert body.encode() not in DICTIONARIES[1]
