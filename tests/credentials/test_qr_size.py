"""How small the code is: the standard sample's body and QR version, by two independent encoders."""

import random
from dataclasses import replace
from uuid import UUID

import pytest
import qrcode
import zxingcpp

from credentials.claims import to_qr_claims
from credentials.digest import qr_aad
from credentials.identifiers import new_number
from credentials.model import StatusRef
from credentials.qrtext import MAX_BODY, MAX_HOST, deflated, to_text
from keys.algorithms import Algorithm
from keys.cbor import encode
from keys.cose import sign1
from keys.signer import SoftwareSigner

LONGEST_HOST = "VERIFY.EXAMPLE.ORG.C"


class RandomSignatures:
    """Signs with noise: as long and as little compressible as real signatures, and much faster."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.public_key = SoftwareSigner.from_seed(Algorithm.ES256, chance.randbytes(8)).public_key

    def sign(self, message: bytes) -> bytes:
        return self._chance.randbytes(64)


def sealed_samples(standard, count, *, seed):
    """The standard sample with other ids, numbers, tails, slots, times and keys."""
    chance = random.Random(seed)
    for place in range(count):
        if place % 50 == 0:
            noise = RandomSignatures(chance)
        credential = replace(
            standard,
            id=UUID(bytes=chance.randbytes(16), version=4),
            number=new_number(chance.randbytes(8)),
            holder=replace(standard.holder, id_tail=f"{chance.randrange(10_000):04d}"),
            status=StatusRef(chance.randrange(65_536), chance.randrange(1 << 17)),
            issued_at=chance.randrange(1_780_000_000, 2_100_000_000),
        )
        yield sign1(encode(to_qr_claims(credential)), noise, external_aad=qr_aad(1))


def zxing_version(text):
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return (drawn.to_image(add_quiet_zones=False).shape[0] - 17) // 4


def qrcode_of(text):
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text, optimize=20)
    code.make(fit=True)
    return code


def test_the_standard_sample_stays_below_the_limit_whatever_its_numbers(standard):
    """The maximum counts, not the mean."""
    largest = max(len(deflated(token)) for token in sealed_samples(standard, 5_000, seed=224))
    assert largest <= 198
    assert largest <= MAX_BODY


def test_the_standard_sample_fits_version_11_with_the_longest_host(standard):
    assert len(LONGEST_HOST) == MAX_HOST
    versions = {zxing_version(to_text(LONGEST_HOST, token)) for token in sealed_samples(standard, 200, seed=11)}
    assert max(versions) <= 11


def test_a_body_at_the_limit_fits_version_11_with_the_longest_host():
    digits = int.from_bytes(b"\x01\x01" + b"\xff" * MAX_BODY, "big")
    text = f"HTTPS://{LONGEST_HOST}/#{digits}"
    assert zxing_version(text) == 11 == qrcode_of(text).version
    assert zxing_version(text + "0" * 10) == 12


@pytest.mark.parametrize("host", ["v.cn", "verify.example", LONGEST_HOST])
def test_two_encoders_agree_and_one_reader_reads_both(sealed, host):
    text = to_text(host, sealed.token)
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    other = qrcode_of(text)
    assert other.version == zxing_version(text) <= 11
    pictures = [
        drawn.to_image(scale=3, add_quiet_zones=True),
        other.make_image().get_image().convert("L"),
    ]
    for picture in pictures:
        assert [found.text for found in zxingcpp.read_barcodes(picture)] == [text]


def test_the_sealed_words_are_plain_utf_8(sealed):
    for word in (
        "职称",
        "欧阳建国",
        "高级工程师",
        "工程技术人才",
        "人工智能",
        "副高级",
        "评审",
        "上海市人力资源和社会保障局",
    ):
        assert word.encode() in sealed.token
