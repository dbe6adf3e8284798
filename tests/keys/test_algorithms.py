"""Signatures and keys against published vectors and against every cheap forgery."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.algorithms import P256_ORDER, Algorithm, PublicKey, _der
from keys.b64 import b64u, unb64u
from keys.errors import AlgorithmNotAllowed, PublicKeyInvalid, SignatureInvalid
from keys.signer import Signer, SoftwareSigner

_MESSAGE = "评审通过".encode()


def _number(number: int) -> bytes:
    return number.to_bytes(32, "big")


# RFC 6979 A.2.5, P-256 with SHA-256.
_PRIVATE = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
_POINT = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB67903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
_SIGNED = {
    b"sample": "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    b"test": "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
}


@pytest.mark.parametrize("message", _SIGNED)
def test_es256_signs_as_rfc_6979_says(message: bytes) -> None:
    signer = SoftwareSigner.from_private(ec.derive_private_key(_PRIVATE, ec.SECP256R1()))
    assert signer.public_key.raw.hex() == "04" + _POINT.lower()
    assert signer.sign(message).hex() == _SIGNED[message].lower()
    signer.public_key.verify(bytes.fromhex(_SIGNED[message]), message)


def test_ed25519_thumbprint_is_that_of_rfc_8037() -> None:
    key = PublicKey.from_raw(Algorithm.ED25519, unb64u("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
    assert key.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_es256_thumbprint_is_the_hash_of_the_canonical_json() -> None:
    raw = bytes.fromhex("04" + _POINT)
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{b64u(raw[1:33])}","y":"{b64u(raw[33:])}"}}'
    key = PublicKey.from_raw(Algorithm.ES256, raw)
    assert key.thumbprint == sha256(canonical.encode()).digest()
    assert (key.kid, key.kid8) == (b64u(key.thumbprint), key.thumbprint[:8])


@pytest.mark.parametrize("algorithm", Algorithm)
class TestEveryAlgorithm:
    def test_signs_and_verifies_only_its_own_message(self, algorithm: Algorithm) -> None:
        signer: Signer = SoftwareSigner.generate(algorithm)
        signature = signer.sign(_MESSAGE)
        signer.public_key.verify(signature, _MESSAGE)
        for forged, message in (
            (signature, _MESSAGE + b"\0"), (signature[:-1], _MESSAGE), (signature + b"\0", _MESSAGE), (b"", _MESSAGE),
            (bytes(len(signature)), _MESSAGE), (bytes((signature[0] ^ 1, *signature[1:])), _MESSAGE),
        ):  # fmt: skip
            with pytest.raises(SignatureInvalid) as caught:
                signer.public_key.verify(forged, message)
            assert caught.value.params == {"kid": signer.public_key.kid}

    def test_another_key_refuses_it(self, algorithm: Algorithm) -> None:
        signature = SoftwareSigner.from_seed(algorithm, b"one").sign(_MESSAGE)
        with pytest.raises(SignatureInvalid):
            SoftwareSigner.from_seed(algorithm, b"two").public_key.verify(signature, _MESSAGE)

    def test_a_seed_gives_the_same_key_again(self, algorithm: Algorithm) -> None:
        one, two = (SoftwareSigner.from_seed(algorithm, b"seed").public_key for _ in range(2))
        assert one == two
        assert hash(one) == hash(two)
        assert one != SoftwareSigner.from_seed(algorithm, b"other").public_key

    def test_raw_bytes_round_trip_and_other_lengths_are_refused(self, algorithm: Algorithm) -> None:
        key = SoftwareSigner.from_seed(algorithm, b"raw").public_key
        assert PublicKey.from_raw(algorithm, key.raw) == key
        for raw in (b"", key.raw[:-1], key.raw + b"\0"):
            with pytest.raises(PublicKeyInvalid):
                PublicKey.from_raw(algorithm, raw)

    def test_nothing_in_it_can_be_changed_and_no_secret_shows(self, algorithm: Algorithm) -> None:
        signer = SoftwareSigner.generate(algorithm)
        with pytest.raises(AttributeError):
            signer.public_key.kid = "another"
        with pytest.raises(AttributeError):
            del signer.public_key.raw
        assert repr(signer) == f"SoftwareSigner({signer.public_key.kid})"
        assert signer.public_key.kid in repr(signer.public_key)


@pytest.mark.parametrize("x", [1, 2, 2**256 - 1])
def test_points_off_the_curve_are_refused(x: int) -> None:
    for raw in (
        b"\x04" + _number(x) + _number(1),
        b"\x04" + bytes(64),
        b"\x02" + bytes.fromhex(_POINT),
        b"\x06" + bytes.fromhex(_POINT),
    ):
        with pytest.raises(PublicKeyInvalid):
            PublicKey.from_raw(Algorithm.ES256, raw)


def test_other_curves_are_refused() -> None:
    for curve in (ec.SECP384R1(), ec.SECP256K1()):
        with pytest.raises(PublicKeyInvalid):
            SoftwareSigner.from_private(ec.generate_private_key(curve))


def _order_of(raw: bytes) -> int | None:
    """The order (up to 8) of an encoded Edwards25519 point, by the affine addition law; None when it is larger."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    x = pow(square, (p + 3) // 8, p)
    x = x if (x * x - square) % p == 0 else x * pow(2, (p - 1) // 4, p) % p
    assert (x * x - square) % p == 0, "not a point"
    point, count = (x, y), 1
    while point != (0, 1) and count < 9:
        (a, b), product = point, d * point[0] * x * point[1] * y
        point = ((a * y + b * x) * pow(1 + product, -1, p) % p, (b * y + a * x) * pow(1 - product, -1, p) % p)
        count += 1
    return count if count <= 8 else None


_SMALL = [
    bytes(32), b"\x01" + bytes(31), (2**255 - 20).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
]  # fmt: skip


def test_ed25519_points_of_small_order_are_refused() -> None:
    assert sorted(order for raw in _SMALL if (order := _order_of(raw))) == [1, 2, 4, 8, 8]
    for raw in _SMALL:
        for sign in (0, 0x80):
            with pytest.raises(PublicKeyInvalid):
                PublicKey.from_raw(Algorithm.ED25519, raw[:31] + bytes((raw[31] | sign,)))


def test_ed25519_y_beyond_the_field_is_refused() -> None:
    for y in range(2**255 - 19, 2**255):
        with pytest.raises(PublicKeyInvalid):
            PublicKey.from_raw(Algorithm.ED25519, y.to_bytes(32, "little"))


def test_a_raw_ed25519_seed_can_be_used() -> None:
    signer = SoftwareSigner.from_private(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)))
    signer.public_key.verify(signer.sign(b""), b"")


class TestES256Signature:
    signer = SoftwareSigner.from_seed(Algorithm.ES256, b"es256")
    key = signer.public_key
    good = signer.sign(_MESSAGE)

    def _parts(self) -> tuple[int, int]:
        return int.from_bytes(self.good[:32], "big"), int.from_bytes(self.good[32:], "big")

    def test_zero_and_the_order_and_beyond_are_refused(self) -> None:
        r, s = self._parts()
        wrong = [0, P256_ORDER, P256_ORDER + 1, 2**256 - 1]
        for pair in [(0, 0), (1, 0), (0, 1), (1, 1), *((bad, s) for bad in wrong), *((r, bad) for bad in wrong)]:
            with pytest.raises(SignatureInvalid):
                self.key.verify(_number(pair[0]) + _number(pair[1]), _MESSAGE)

    def test_63_and_65_bytes_and_der_are_refused(self) -> None:
        padded = self.good[:32] + b"\0" + self.good[32:]  # the same numbers, s in 33 bytes
        der = encode_dss_signature(*self._parts())
        for forged in (self.good[:63], self.good + b"\0", b"\0" + self.good, padded, self.good * 2, der, b""):
            with pytest.raises(SignatureInvalid):
                self.key.verify(forged, _MESSAGE)

    def test_n_minus_s_verifies_by_design(self) -> None:
        r, s = self._parts()
        self.key.verify(_number(r) + _number(P256_ORDER - s), _MESSAGE)

    @settings(max_examples=300)
    @given(st.binary(max_size=64), st.binary(min_size=32, max_size=32))
    def test_our_der_is_right_for_numbers_of_every_length(self, message: bytes, digest: bytes) -> None:
        # Short r or s and set top bits come up among these; the library's own DER reader is the judge.
        self.key.verify(self.signer.sign(message), message)
        signed_digest = sha256(message).digest()
        self.key.verify_digest(self.signer.sign(message), signed_digest)
        with pytest.raises(SignatureInvalid):
            self.key.verify_digest(self.signer.sign(message), digest if digest != signed_digest else bytes(32))

    def test_der_by_hand_equals_the_library_for_edge_numbers(self) -> None:
        edges = [1, 127, 128, 255, 256, 2**248 - 1, 2**248, 2**255 - 1, 2**255, P256_ORDER - 1]
        for r in edges:
            for s in edges:
                assert _der(_number(r) + _number(s)) == encode_dss_signature(r, s)

    def test_a_digest_has_32_bytes(self) -> None:
        for digest in (b"", bytes(31), bytes(33), bytes(64)):
            with pytest.raises(SignatureInvalid):
                self.key.verify_digest(self.good, digest)

    def test_only_es256_checks_digests(self) -> None:
        for algorithm in (Algorithm.ED25519, Algorithm.ML_DSA_44):
            with pytest.raises(AlgorithmNotAllowed):
                SoftwareSigner.from_seed(algorithm, b"x").public_key.verify_digest(self.good, bytes(32))
