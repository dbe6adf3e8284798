"""Drafts, signs and records published lists: what `hallmark list` does, and the founding with the same steps.

No step trusts the one before: a draft is held against what is published, a signature against the roots, and the registry
judges again what it records.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from hallmark.trust_files import Listed
from keys.roots import KeySet, Roots
from keys.signer import Signer
from registry.errors import ListInvalid, ListUnsigned
from registry.lists import PublishedList, purpose_of
from registry.published.drafts import Draft, next_version
from registry.published.sections import sections_of
from registry.recorder import Recorder
from registry.trust import IssuerKey, TrustList, manifest_of

YEAR: Final = 365 * 86_400


class Desk(Protocol):
    """The part of a house that records lists."""

    @property
    def recorder(self) -> Recorder:
        """The registry in this process."""
        ...

    @property
    def clock(self) -> Callable[[], int]:
        """UNIX seconds now."""
        ...

    def trusted_roots(self) -> Roots:
        """The root of trust."""
        ...


def publishers_of(roots: Roots, name: str) -> KeySet:
    """Return the keys whose signatures a list needs."""
    return roots.key_set(purpose_of(name))


def draft_content(
    newest: PublishedList | None, name: str, content: Any, *, now: int, effective: int, expires: int
) -> Draft:
    """Return the draft of the next version of any list but the trust list, its content read strictly.

    Raises CatalogueInvalid, RecognitionInvalid, ListInvalid.
    """
    if not isinstance(content, dict) or name in {"trust", "roots"} or name.startswith("status"):
        raise ListInvalid(reason="content or name", name=name)
    sections_of(name, content)
    return Draft(next_version(newest, name, content, now=now, effective=effective, expires=expires))


def draft_trust(
    newest: PublishedList | None, listed: Listed, recorder: Recorder, *, now: int, effective: int, expires: int
) -> Draft:
    """Return the draft of the next trust list: bodies and committees as listed, every key that the log knows of them.

    Raises TrustInvalid, ListInvalid.
    """
    codes = {body.code for body in listed.bodies}
    keys = [
        IssuerKey(each.public_key, each.body_code, each.opened, each.closed, each.boundary, each.state)
        for each in recorder.enrolled_keys()
        if each.body_code in codes
    ]
    shards = TrustList(listed.bodies, listed.authorities, keys).to_shards()
    content = manifest_of(shards)
    return Draft(next_version(newest, "trust", content, now=now, effective=effective, expires=expires), None, shards)


def sign(draft: Draft, signers: Sequence[Signer], roots: Roots) -> Draft:
    """Return the draft with the signatures of these publishers. Raises NotAPublisher, SignerRepeated."""
    for signer in signers:
        draft = draft.signed(signer, publishers_of(roots, draft.listed.name))
    return draft


def record(desk: Desk, draft: Draft) -> int:
    """Record a draft that enough publishers have signed; return its log index.

    Raises ListUnsigned, and what `Recorder.publish_list` raises: VersionOutOfOrder, ListForked, TrustDiffersFromLog, …
    """
    keys = publishers_of(desk.trusted_roots(), draft.listed.name)
    have = len(draft.signers(keys))
    if draft.sealed is None or have < keys.threshold:
        raise ListUnsigned(name=draft.listed.name, have=have, need=keys.threshold)
    if draft.shards:
        desk.recorder.publish_trust_shards(draft.listed.version, draft.shards)
    return desk.recorder.publish_list(draft.sealed)
