"""Which entry of a list is the newest: what the log says in its own order, one version after another."""

import pytest

from registry.entries import CredentialEntry, Entry, KeyEntry, ListEntry, RootsEntry, encode
from registry.newest import Newest
from registry.refusals import StoredBytesDiffer


def listed(name: str, version: int) -> ListEntry:
    return ListEntry(1, name, version, bytes(32), b"")


def bodies(*entries: Entry) -> list[bytes]:
    return [encode(entry) for entry in entries]


CERTIFICATE = CredentialEntry(1, bytes(8), 0, 3, bytes(32), bytes(32))
KEY = KeyEntry(1, "enrol", "11310000100000000F", bytes(32), None)


def test_each_list_is_followed_by_itself() -> None:
    newest = Newest()
    newest.read(0, bodies(RootsEntry(1, 1, bytes(32)), KEY, listed("trust", 1), CERTIFICATE, listed("status/0", 1)))
    newest.read(5, bodies(listed("status/0", 2), CERTIFICATE, listed("status/1", 1), RootsEntry(1, 2, bytes(32))))
    assert newest.size == 9
    assert newest.lists == {"roots": (8, 2), "trust": (2, 1), "status/0": (5, 2), "status/1": (7, 1)}


def test_what_was_read_before_is_passed_over() -> None:
    """A publication begins with the bundle that was left half full."""
    newest = Newest()
    first = bodies(listed("status/0", 1), CERTIFICATE)
    newest.read(0, first)
    newest.read(0, [*first, *bodies(listed("status/0", 2))])
    newest.read(0, first)
    assert (newest.size, newest.lists) == (3, {"status/0": (2, 2)})


@pytest.mark.parametrize("version", [1, 2, 4], ids=["back", "again", "skipped"])
def test_a_version_that_does_not_follow_is_refused(version: int) -> None:
    newest = Newest()
    newest.read(0, bodies(listed("status/0", 1), listed("status/0", 2)))
    with pytest.raises(StoredBytesDiffer) as refused:
        newest.read(2, bodies(listed("status/0", version)))
    assert refused.value.params["index"] == 2


def test_a_list_begins_with_version_one() -> None:
    with pytest.raises(StoredBytesDiffer):
        Newest().read(0, bodies(listed("catalogue", 2)))
