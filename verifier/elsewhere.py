"""Who else keeps books of certificates in China, for those whose certificate is not in ours. Pure."""

from typing import Final

from web.messages import say

SITES: Final = (
    ("titles", "www.12333.gov.cn"),
    ("qualifications", "www.cpta.com.cn"),
    ("skills", "osta.mohrss.gov.cn"),
    ("safety", "cx.mem.gov.cn"),
)
"""By what they are for; never a link, so that nobody is led anywhere."""


def elsewhere(lang: str) -> tuple[tuple[str, str], ...]:
    """Return (what for, address) of each."""
    return tuple((say(f"lookup.elsewhere.{what}", lang), address) for what, address in SITES)
