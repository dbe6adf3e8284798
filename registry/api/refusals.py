"""Names why the API for issuers refuses: who asks, how often, with what; and the errors of OAuth 2.0 as it writes them."""

from typing import ClassVar

from registry.errors import RegistryError


class TokenMissing(RegistryError):
    """No bearer token came with the request (RFC 6750 §3)."""

    code = "registry.token_missing"

    def __init__(self) -> None:
        super().__init__()
        self.headers = (("WWW-Authenticate", 'Bearer realm="hallmark"'),)


class TokenInvalid(RegistryError):
    """The token is unknown, has expired, or its client is disabled (RFC 6750 §3.1)."""

    code = "registry.token_invalid"

    def __init__(self) -> None:
        super().__init__()
        self.headers = (("WWW-Authenticate", 'Bearer realm="hallmark", error="invalid_token"'),)


class ScopeMissing(RegistryError):
    """The token was not given for this kind of request; params: scope."""

    code = "registry.scope_missing"

    def __init__(self, scope: str) -> None:
        super().__init__(scope=scope)
        challenge = f'Bearer realm="hallmark", error="insufficient_scope", scope="{scope}"'
        self.headers = (("WWW-Authenticate", challenge),)


class AskedTooOften(RegistryError):
    """More requests than this client or address may make; params: seconds to wait."""

    code = "registry.asked_too_often"

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds)
        self.headers = (("Retry-After", str(seconds)),)


class RequestInvalid(RegistryError):
    """The body or the query is not what docs/issuer-api.md says; params: member."""

    code = "registry.request_invalid"


class JsonRefused(RegistryError):
    """The body is no JSON, or JSON that two readers could read differently; params: defect, the code of it."""

    code = "registry.json_refused"


class KeyOfAnother(RegistryError):
    """A client named a key that is not its own body's; params: kid."""

    code = "registry.key_of_another"


class BatchNotFound(RegistryError):
    """This client has done nothing under this batch id; params: batch."""

    code = "registry.batch_not_found"


class IntroductionInvalid(RegistryError):
    """A request to enrol keys that is not in its form, or not signed by every key that it names; params: defect."""

    code = "registry.introduction_invalid"


class ClientExists(RegistryError):
    """A client with this key is listed already; params: client."""

    code = "registry.client_exists"


class ClientUnknown(RegistryError):
    """No client has this id; params: client."""

    code = "registry.client_unknown"


class JournalBroken(RegistryError):
    """A row of the journal was changed or taken out; params: seq."""

    code = "registry.journal_broken"


class OAuthRefusal(Exception):
    """The token endpoint refuses; `error` is RFC 6749 §5.2's word for it, `why` a hint for programmers, in ASCII."""

    status: ClassVar[int] = 400
    error: ClassVar[str] = "invalid_request"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class ClientNotProven(OAuthRefusal):
    """The assertion does not prove that this client asks; one answer for every reason that a stranger could learn from."""

    status, error = 401, "invalid_client"


class GrantUnknown(OAuthRefusal):
    """A grant type other than client_credentials."""

    error = "unsupported_grant_type"


class ScopeRefused(OAuthRefusal):
    """A scope that does not exist or that this client may not have."""

    error = "invalid_scope"
