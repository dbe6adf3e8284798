"""What both audits, of the database and of the folder, ask of one event, one list, one hint file."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from keys.algorithms import PublicKey
from keys.errors import KeysError
from keys.roots import Roots
from keys.rotation import Purpose
from keys.strictjson import loads
from registry.errors import RegistryError
from registry.events import EventRecord, OpenedDetail
from registry.listing import ROOTS, roots_digest
from registry.lists import PublishedList, list_digest
from registry.published.reading import Read, open_under, roots_until
from registry.replay import Replay, ReplayedList
from registry.trust import TrustList

SLOTS_PER_BLOCK = 4096


def check_events(
    replay: Replay, records: Iterable[EventRecord], keys: Mapping[bytes, PublicKey], operators: Sequence[PublicKey]
) -> set[int]:
    """Check that each record is the log's entry and its detail sealed by who may; return the log indices seen."""
    seen = set()
    for record in records:
        index = record.log_index
        seen.add(index)
        if replay.events.get(index) != record.change:
            replay.find("event_differs", index=index)
            continue
        try:
            opened = record.opened()
        except RegistryError as error:
            replay.find("event_detail", index=index, defect=error.code)
            continue
        if opened is not None:
            _check_sealer(replay, record, opened, keys, operators)
    return seen


def _check_sealer(
    replay: Replay,
    record: EventRecord,
    opened: OpenedDetail,
    keys: Mapping[bytes, PublicKey],
    operators: Sequence[PublicKey],
) -> None:
    kid8, index = opened.sealed.kid8, record.log_index
    operator = next((key for key in operators if key.kid8 == kid8), None)
    if operator is None and not _may_change(replay, record, kid8):
        replay.find("event_not_owner", index=index, kid=kid8.hex())
        return
    public_key = operator or keys.get(kid8)
    try:
        if public_key is None:
            replay.find("event_key_missing", index=index, kid=kid8.hex())
        else:
            opened.verify(public_key)
    except RegistryError as error:
        replay.find("event_detail", index=index, defect=error.code)


def _may_change(replay: Replay, record: EventRecord, kid8: bytes) -> bool:
    """The key was open at this position and its body is the one whose certificate the slot holds."""
    owner = replay.key_of(replay.sealer_of(record.change.list, record.change.index) or b"")
    key, index = replay.key_of(kid8), record.log_index
    if owner is None or key is None or key.body_code != owner.body_code:
        return False
    return key.opened < index and (key.closed is None or index < key.closed)


def check_published(
    replay: Replay, name: str, version: int, data: bytes, roots: Sequence[Roots]
) -> PublishedList | None:
    """Check that a list or roots document is the logged one and properly signed; return it when it is a list.

    `roots` are those of all times: old versions were signed by publishers of their own time.
    """
    logged = replay.published.get(name, {}).get(version)
    try:
        if name == ROOTS:
            digest, opened = roots_digest(data), None
        else:
            digest, opened = list_digest(data), open_under(name, data, roots)[0]
    except (RegistryError, KeysError) as error:
        replay.find("list_invalid", name=name, version=version, defect=error.code)
        return None
    if logged is None or logged[1] != digest:
        replay.find("list_not_logged", name=name, version=version)
    return opened


def check_shards(replay: Replay, published: PublishedList, shards: Mapping[int, bytes]) -> None:
    """Check every trust shard against the signed manifest."""
    digests = published.content.get("shards")
    wanted = digests if isinstance(digests, list) else []
    for first_byte, digest in enumerate(wanted):
        if first_byte not in shards or sha256(shards[first_byte]).hexdigest() != digest:
            replay.find("shard_differs", version=published.version, shard=f"{first_byte:02x}")
    _check_windows(replay, published, shards)


def _check_windows(replay: Replay, published: PublishedList, shards: Mapping[int, bytes]) -> None:
    """Hold the list's keys against the log: verifiers judge by these positions, and only the log knows them.

    What a list says must have happened; what happened after it was published it may not know.
    """
    try:
        keys = TrustList.from_manifest(published.content, shards).keys
    except (RegistryError, KeysError) as error:
        replay.find("list_invalid", name=published.name, version=published.version, defect=error.code)
        return
    for key in keys:
        logged = replay.key_of(key.public_key.kid8)
        told = (key.body_code, key.opened, key.closed, key.boundary)
        happened = None if logged is None else (logged.body_code, logged.opened, logged.closed, logged.boundary)
        if told == happened or (happened and told[:2] == happened[:2] and told[2:] == (None, None)):
            continue
        replay.find("trust_key_differs", version=published.version, kid=key.public_key.kid)


def roots_of_all_times(read: Read, trusted: Roots) -> Sequence[Roots]:
    """The published roots documents that lead to `trusted`; broken ones are named elsewhere, and vouch for nothing."""
    try:
        return roots_until(read, trusted)
    except KeysError:
        return (trusted,)


def compare_array(replay: Replay, number: int, held: ReplayedList, found: bytes, what: str) -> None:
    """Name the slots (five at most) whose status differs from the replayed one."""
    if found == held.packed:
        return
    named = 0
    for slot in range(len(held.packed) * 4):
        status = (found[slot // 4] // 4 ** (slot % 4)) % 4 if slot // 4 < len(found) else -1
        if status != held.status(slot):
            replay.find(what, list=number, slot=slot, found=status, replayed=held.status(slot))
            named += 1
            if named == 5:
                return


def hints_of(held: ReplayedList, block: int) -> bytes:
    """The hint file as the replay gives it."""
    filled = held.filled_by[block * SLOTS_PER_BLOCK : (block + 1) * SLOTS_PER_BLOCK]
    return b"".join((log_index + 1).to_bytes(5, "big") for log_index in filled)


def bits_of(held: ReplayedList, statuses: frozenset[int]) -> bytes:
    """The W3C bitstring as the replay gives it: the first slot is the highest bit of the first byte."""
    spelled = ["".join("01"[byte // 4**at % 4 in statuses] for at in range(4)) for byte in range(256)]
    bits = "".join(spelled[byte] for byte in held.packed)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def operators_of(roots: Sequence[Roots]) -> Sequence[PublicKey]:
    """The keys under which the operator may, or once might, change any status: what they sealed in their time stands."""
    return [key for each in roots for key in each.key_set(Purpose.STATUS).keys]


def keys_in(shards: Mapping[int, bytes]) -> Iterable[dict[str, object]]:
    """The JWKs that stand in trust shards; what cannot be read has been named by `check_shards`."""
    for shard in shards.values():
        try:
            for row in loads(shard, max_bytes=8 << 20)["keys"]:
                yield row["jwk"]
        except (KeysError, KeyError, TypeError):
            continue
