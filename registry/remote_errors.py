"""Names what can go wrong on the way to a registry in another place. After these nobody knows whether it was done."""

from registry.errors import RegistryError


class AddressNotAllowed(RegistryError):
    """A registry is asked over HTTPS; plain HTTP only on this machine. Params: address."""

    code = "registry.address_not_allowed"


class Unreachable(RegistryError):
    """No answer, or none that the registry itself gave: refused, timed out, cut off. Params: address, reason."""

    code = "registry.unreachable"


class AnswerInvalid(RegistryError):
    """An answer that is not in the API's form. Params: what, where in it."""

    code = "registry.answer_invalid"


class NotAdmitted(RegistryError):
    """The registry gives this client no token. Params: why, in the registry's words."""

    code = "registry.not_admitted"
