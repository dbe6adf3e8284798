"""What a thief of one key, a careless operator or a hostile mirror would put in the published folder: signed anew, or spoiled."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from keys.rotation import Purpose
from keys.signer import Signer
from registry.checkpoint import Checkpoint, cosign, sign
from registry.entries import ListEntry, encode
from registry.lists import PublishedList, open_list, seal_list
from registry.merkle import leaf_hash
from registry.receipt import Receipt
from registry.statuslist import StatusArray, StatusList, open_status_list, sign_status_list
from registry.trust import SHARDS, IssuerKey, TrustList, manifest_of
from tests.verifier.published_world import DAY, Folder, World

STATUS, PROOF, CHECKPOINT, TRUST = "status/0", "status/0.tlog-proof", "checkpoint", "lists/trust.json"


def opened_status(world: World, folder: Mapping[str, bytes]) -> StatusList:
    """The status list in a folder, its signature verified."""
    return open_status_list(folder[STATUS].decode(), world.roots.key_set(Purpose.STATUS), now=None)


def with_status(  # each a claim that can be forged
    world: World,
    folder: Mapping[str, bytes],
    *,
    array: StatusArray | None = None,
    iat: int | None = None,
    lifetime: int = 7 * DAY,
    version: int | None = None,
    list_no: int = 0,
    events_root: bytes | None = None,
    signer: Signer | None = None,
) -> Folder:
    """The folder with its status list signed again, some of its claims changed."""
    held = opened_status(world, folder)
    token = sign_status_list(
        array or held.array,
        list_no=list_no,
        version=held.version if version is None else version,
        events_root=events_root or held.events_root,
        log_index=held.entry_index,
        subject_url=held.subject,
        now=held.iat if iat is None else iat,
        lifetime=lifetime,
        signer=signer or world.signer("status"),
    )
    return {**folder, STATUS: token.encode()}


def flipped(world: World, folder: Mapping[str, bytes], index: int, status: int) -> StatusArray:
    """The status array in a folder with one slot changed."""
    array = StatusArray(bytes(opened_status(world, folder).array))
    array.set(index, status)
    return array


def head(world: World) -> Checkpoint:
    """The checkpoint of the main edition."""
    return world.evidence().checkpoint().checkpoint


def note(world: World, checkpoint: Checkpoint, *, ml_dsa: bool = True, cosigned: bool = True) -> bytes:
    """A checkpoint signed by the log, with or without its second signature and its witness."""
    signed = sign(checkpoint, world.signer("log-ed25519"), world.signer("log-ml-dsa-44"), world.folder_at)
    text, _, lines = signed.partition(b"\n\n")
    first, second = lines.splitlines(keepends=True)
    made = text + b"\n\n" + first + (second if ml_dsa else b"")
    return cosign(made, "witness", world.signer("witness"), world.folder_at) if cosigned else made


def with_proof(folder: Mapping[str, bytes], **changes: object) -> Folder:
    """The folder with some parts of the status list's proof exchanged."""
    receipt = Receipt.from_text(folder[PROOF])
    return {**folder, PROOF: replace(receipt, **changes).to_text()}  # type: ignore[arg-type]  # parts by name


def opened_trust(world: World, folder: Mapping[str, bytes]) -> PublishedList:
    """The trust list's manifest in a folder, its signatures verified."""
    return open_list(folder[TRUST], world.roots.key_set(Purpose.TRUST), name="trust", now=None)


def with_trust(
    world: World,
    folder: Mapping[str, bytes],
    *,
    signers: Sequence[str] = ("trust-1", "trust-2"),
    logged: bool = True,
    **changes: object,
) -> Folder:
    """The folder with its trust list signed again, some of its members changed; the log shows it if `logged`."""
    listed = replace(opened_trust(world, folder), **changes)  # type: ignore[arg-type]  # members by name
    signed = {**folder, TRUST: seal_list(listed, [world.signer(name) for name in signers])}
    return {**signed, f"lists/trust/{listed.version}.tlog-proof": proof_of(world, listed)} if logged else signed


def proof_of(world: World, listed: PublishedList) -> bytes:
    """The proof that a list is logged, under the checkpoint of a log that holds nothing else: its keys were all taken."""
    body = encode(ListEntry(listed.published, listed.name, listed.version, listed.digest, b""))
    small = Checkpoint(world.roots.log.origin, 1, leaf_hash(body))
    return Receipt(0, (), note(world, small), body).to_text()


def with_keys(world: World, folder: Mapping[str, bytes], change: Callable[[IssuerKey], IssuerKey]) -> Folder:
    """The folder with a trust list, signed by both publishers, in which every key was passed through `change`."""
    manifest = opened_trust(world, folder)
    held = {byte: folder[f"lists/trust/{manifest.version}/{byte:02x}.json"] for byte in range(SHARDS)}
    trust = TrustList.from_manifest(manifest.content, held)
    shards = TrustList(trust.bodies, trust.authorities, [change(key) for key in trust.keys]).to_shards()
    laid_out = {f"lists/trust/{manifest.version}/{byte:02x}.json": shard for byte, shard in shards.items()}
    return with_trust(world, {**folder, **laid_out}, content=manifest_of(shards))


def without(folder: Mapping[str, bytes], *paths: str) -> Folder:
    """The folder without the paths that begin in one of these ways."""
    return {path: data for path, data in folder.items() if not path.startswith(paths)}


def flip(data: bytes, bit: int) -> bytes:
    """The bytes with one bit flipped; `bit` may run past the end and wraps."""
    place = bit % (len(data) * 8)
    return data[: place // 8] + bytes([data[place // 8] ^ 1 << place % 8]) + data[place // 8 + 1 :]
