"""Says a monitor's findings and notices in words: the code, then one Chinese and one English sentence."""

from registry.replay import Finding
from web.messages import LANGUAGES, MessageMissing, say


def told(finding: Finding, *, loud: bool) -> str:
    """Return one finding or notice as one line; a finding begins with an exclamation mark."""
    mark = "!" if loud else "·"
    try:
        said = " · ".join(say(finding.code, lang, **finding.params) for lang in LANGUAGES)
    except MessageMissing:
        said = str(finding)
    return f"{mark} [{finding.code}] {said}"
