"""Names every reason for which a monitor cannot go on."""

from registry.errors import RegistryError


class SourceUnreachable(RegistryError):
    """A registry that is monitored cannot be read now; says nothing about it."""

    code = "registry.source_unreachable"


class SourceAddressInvalid(RegistryError):
    """The address of a registry to monitor is neither https nor this machine's."""

    code = "registry.source_address_invalid"


class MonitorStateInvalid(RegistryError):
    """What a monitor has kept cannot be read, or belongs to another log. It is not taken for a first visit."""

    code = "registry.monitor_state_invalid"


class ExpectedInvalid(RegistryError):
    """A line of the file of what a body has issued cannot be read."""

    code = "registry.expected_invalid"
