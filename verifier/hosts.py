"""Where a code leads that is not one of ours: named in letters that cannot deceive, and never opened. Pure."""

import re
from collections.abc import Iterable
from typing import Final

_ADDRESS: Final = re.compile(r"https?:[/\\]{2}([^/\\?#\s]{1,300})", re.IGNORECASE)


def foreign_host(text: str, official: Iterable[str]) -> str | None:
    """Return the host name of the web address `text`, or None when it is no address or an official host.

    What stands before an `@` is bait and is dropped, so is a port; letters beyond ASCII are shown in Punycode.
    """
    found = _ADDRESS.match(text)
    if found is None:
        return None
    host = _plain(name_of(found[1]))
    return None if not host or host in {_plain(name_of(each)) for each in official} else host


def name_of(authority: str) -> str:
    """The host of an address's authority, without bait before an `@` and without a port."""
    host = authority.rpartition("@")[2]
    return re.sub(r":\d*$", "", host).rstrip(".")


def _plain(host: str) -> str:
    """Lower-case ASCII: look-alike letters become `xn--…`, and what IDNA does not take is escaped."""
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.encode("ascii", "backslashreplace").decode("ascii").lower()
