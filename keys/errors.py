"""Every way in which a key, a signature or a signed document can fail, one class and one stable code each.

Errors carry a code and parameters, no sentences: the sentences stand in `web/i18n/keys.json`, in Chinese and English.
"""

# every class here ends a sentence ("signature invalid", "key expired"), "Error" would add nothing

from typing import ClassVar


class KeysError(Exception):
    """Base of everything that this room raises.

    `code` never changes once published; `params` holds what the sentence for this code names, and never a secret.
    """

    code: ClassVar[str] = "keys.error"

    def __init__(self, **params: object) -> None:
        self.params: dict[str, object] = params
        said = " ".join(f"{name}={value}" for name, value in params.items())
        super().__init__(f"{self.code} {said}".rstrip())


class TooLarge(KeysError):
    """More bytes than this kind of input may have; params: limit, size."""

    code = "keys.too_large"


class Base64NotCanonical(KeysError):
    """Not the one base64url spelling of its bytes (RFC 7515 §2): padding, white space, stray bits, another alphabet."""

    code = "keys.base64_not_canonical"


class JsonMalformed(KeysError):
    """Not JSON in UTF-8, or JSON that I-JSON (RFC 7493) rules out: NaN, infinity, lone surrogates."""

    code = "keys.json_malformed"


class JsonDuplicateMember(KeysError):
    """One object names a member twice; params: member."""

    code = "keys.json_duplicate_member"


class JsonTooDeep(KeysError):
    """Nested deeper than allowed; params: limit."""

    code = "keys.json_too_deep"


class CborMalformed(KeysError):
    """Not the deterministic CBOR (RFC 8949 §4.2.1) of the plain types that we use; params: reason."""

    code = "keys.cbor_malformed"


class CborUnsupported(KeysError):
    """A value that we never encode: float, tag, date, set, integer beyond 64 bits; params: type."""

    code = "keys.cbor_unsupported"


class PublicKeyInvalid(KeysError):
    """Not a public key of this algorithm: wrong length, off the curve, of small order; params: algorithm."""

    code = "keys.public_key_invalid"


class JwkInvalid(KeysError):
    """A JWK or COSE_Key that we do not take: private, another type, use or algorithm; params: member."""

    code = "keys.jwk_invalid"


class SignatureInvalid(KeysError):
    """The signature does not belong to this key and these bytes; params: kid."""

    code = "keys.signature_invalid"


class AlgorithmNotAllowed(KeysError):
    """An algorithm that does not stand here: none, HMAC, another curve; params: alg."""

    code = "keys.algorithm_not_allowed"


class JwsMalformed(KeysError):
    """Not a JWS in the one form that we read (RFC 7515 §7.1 or §7.2.1); params: reason."""

    code = "keys.jws_malformed"


class HeaderNotAllowed(KeysError):
    """A protected header member other than alg, typ, kid, for instance jwk, jku, x5u, x5c, crit, b64; params: member."""

    code = "keys.header_not_allowed"


class TypWrong(KeysError):
    """A sealed thing of another kind than the one asked for (RFC 8725 §3.11); params: expected, found."""

    code = "keys.typ_wrong"


class KidMalformed(KeysError):
    """The header's kid is not a SHA-256 thumbprint (RFC 7638) in base64url."""

    code = "keys.kid_malformed"


class KidMismatch(KeysError):
    """Verified with another key than the one it names; params: kid, key."""

    code = "keys.kid_mismatch"


class ThresholdNotMet(KeysError):
    """Fewer different keys signed than must; params: have, need."""

    code = "keys.threshold_not_met"


class SignerRepeated(KeysError):
    """One key was to sign the same document twice; params: kid."""

    code = "keys.signer_repeated"


class CoseMalformed(KeysError):
    """Not COSE_Sign1 in our strict framing (RFC 9052 §4.2); params: reason."""

    code = "keys.cose_malformed"


class CoseTagged(KeysError):
    """A CBOR tag stands before the COSE_Sign1; our form has none; params: tag."""

    code = "keys.cose_tagged"


class CoseHeaderNotAllowed(KeysError):
    """A protected header other than {alg: ES256, kid: 8 bytes}, or an unprotected one that is not empty; params: part."""

    code = "keys.cose_header_not_allowed"


class RecordInvalid(KeysError):
    """A key's record contradicts itself or its key; params: name, member."""

    code = "keys.record_invalid"


class TransitionNotAllowed(KeysError):
    """A key cannot go from this state to that one; params: name, state, to."""

    code = "keys.transition_not_allowed"


class KeyNotActive(KeysError):
    """A staged, retired or compromised key was asked to sign; params: name, state."""

    code = "keys.key_not_active"


class KeyNotYetOpen(KeysError):
    """The key was asked to sign before its window opens; params: name, opens_at."""

    code = "keys.key_not_yet_open"


class KeyExpired(KeysError):
    """The key was asked to sign at or after the end of its window; params: name, closes_at."""

    code = "keys.key_expired"


class RootsMalformed(KeysError):
    """A roots document that lacks, repeats or contradicts something; params: member."""

    code = "keys.roots_malformed"


class RootsKeyReused(KeysError):
    """One key stands under two purposes; params: kid."""

    code = "keys.roots_key_reused"


class RootsRollback(KeysError):
    """A roots document not newer than the one already trusted; params: version, trusted."""

    code = "keys.roots_rollback"


class RootsSkipped(KeysError):
    """A roots document that does not directly follow the trusted one; params: version, trusted."""

    code = "keys.roots_skipped"


class RootsNotFollowing(KeysError):
    """A roots document that may not follow the trusted one: test after real, real after test, dated before; params: member."""

    code = "keys.roots_not_following"


class RootsExpired(KeysError):
    """The newest roots document has expired; params: version, expires."""

    code = "keys.roots_expired"


class KeyNameInvalid(KeysError):
    """A key name that cannot be a file name of ours; params: name."""

    code = "keys.key_name_invalid"


class KeyExists(KeysError):
    """A key of this name stands in the store already; params: name."""

    code = "keys.key_exists"


class KeyMissing(KeysError):
    """The store has no key of this name; params: name."""

    code = "keys.key_missing"


class KeyFileDamaged(KeysError):
    """A file of the store cannot be read as what it should be; params: name."""

    code = "keys.key_file_damaged"


class KeyFileExposed(KeysError):
    """Others on this machine may read a private key file; params: name, mode."""

    code = "keys.key_file_exposed"


class PassphraseWrong(KeysError):
    """The passphrase does not open this key; params: name."""

    code = "keys.passphrase_wrong"


class PassphraseMissing(KeysError):
    """The store was opened without a passphrase."""

    code = "keys.passphrase_missing"
