"""The registry over HTTPS, as issuers use it: the same calls, the same answers, the same errors as in process.

Every call is idempotent by its batch id, so what was lost on the way is simply asked again, a few times and with pauses; the
caller, who holds stored bytes, may ask again at any later time. Believes nothing: answers are bounded and read strictly, and
what they claim about the log is proven by whoever called.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock, local
from typing import Any, Final
from urllib.parse import urlencode

from marshmallow import Schema, ValidationError

from keys.algorithms import PublicKey
from keys.b64 import b64u, unb64u
from keys.errors import KeysError
from keys.jwk import from_jwk
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry import errors, refusals
from registry.api import refusals as api_refusals
from registry.api import schemas
from registry.api.assertion import KIND, make_assertion
from registry.api.refusals import AskedTooOften, TokenInvalid
from registry.batches import MAX_BATCH, digest_of_submissions, require_batch
from registry.contract import Appended, Changed, SlotRun, StatusChange, Submission
from registry.errors import RegistryError
from registry.refusals import BatchInvalid, Busy, NotRetrievable
from registry.remote_errors import AddressNotAllowed, AnswerInvalid, NotAdmitted, Unreachable
from registry.stored import Head
from registry.wire import MAX_ANSWER, Wire
from web.egress import is_address

PAUSES: Final = (0.2, 1.0, 3.0)
"""Seconds before the second, third and last attempt."""
LONGEST_WAIT: Final = 10
"""A registry that asks for a longer pause than this is not waited for."""


@dataclass(frozen=True, slots=True)
class RemoteKey:
    """One key of our body as the registry has it."""

    public_key: PublicKey
    state: str
    opened: int
    closed: int | None
    boundary: int | None


class RemoteRegistry:
    """The registry at `address`, asked as client `client_id`, whose key `signer` holds. Safe to share between threads.

    `clock` gives UNIX seconds, `timeout` bounds each wait for the network in seconds. Raises AddressNotAllowed.
    """

    def __init__(  # what it is told once, each by its name
        self,
        address: str,
        client_id: str,
        signer: Signer,
        clock: Callable[[], int],
        *,
        timeout: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address, self._timeout = _checked(address), timeout
        self._wires = local()
        self._client_id = client_id
        self._signer = signer
        self._clock = clock
        self._sleep = sleep
        self._token = ""
        self._renew_at = 0
        self._lock = Lock()

    # the Registry port ----------------------------------------------------------------------------------------------

    def reserve(self, batch: str, count: int) -> list[SlotRun]:
        """As `Recorder.reserve`."""
        answer = self._put(f"{_path(batch, count)}/reservation", {"count": count}, schemas.Reservation)
        return [SlotRun(**run) for run in answer["runs"]]

    def append(self, batch: str, submissions: Sequence[Submission]) -> Appended:
        """As `Recorder.append`."""
        path = _path(batch, len(submissions))
        digest_of_submissions(submissions)  # names a malformed one, as the registry would
        answer = self._put(f"{path}/entries", {"submissions": [_sent(each) for each in submissions]}, schemas.Entries)
        return Appended(answer["first_index"], answer["count"], answer["t"], answer["checkpoint"].encode())

    def prove(self, first_index: int, count: int, size: int) -> list[list[bytes]]:
        """As `Recorder.prove`."""
        if count > MAX_BATCH or not 0 <= first_index <= first_index + count <= size:
            raise NotRetrievable(first=first_index, count=count, size=size)
        proofs: list[list[bytes]] = []
        for first in range(first_index, first_index + count, schemas.MAX_PROOFS):
            wanted = min(schemas.MAX_PROOFS, first_index + count - first)
            query = urlencode({"first_index": first, "count": wanted, "size": size})
            proofs += _proofs(self._ask("GET", f"/api/v1/proofs?{query}", None, None), wanted)
        return proofs

    def change_statuses(self, batch: str, changes: Sequence[StatusChange]) -> Changed:
        """As `Recorder.change_statuses`."""
        path = _path(batch, len(changes))
        answer = self._put(f"{path}/changes", {"changes": [_sent(each) for each in changes]}, schemas.Changes)
        first = answer["first_index"]
        return Changed(tuple(range(first, first + answer["count"])), answer["checkpoint"].encode())

    # beside it ------------------------------------------------------------------------------------------------------

    def head(self) -> Head:
        """As `Recorder.head`."""
        answer = self._ask("GET", "/api/v1/head", None, schemas.Head)
        return Head(answer["size"], answer["root"], answer["t"], answer["checkpoint"].encode())

    def keys(self) -> list[RemoteKey]:
        """Return every key of our body, in the order of the log."""
        return [_key(each) for each in self._ask("GET", "/api/v1/keys", None, schemas.Keys)["keys"]]

    def introduce(self, succession: bytes) -> RemoteKey:
        """Enrol another key of our body (registry.api.introduction: `vouch`)."""
        return _key(self._ask("POST", "/api/v1/keys", {"succession": b64u(succession)}, schemas.Key))

    def retire(self, kid: str) -> RemoteKey:
        """Close one of our body's keys."""
        return _key(self._ask("PUT", f"/api/v1/keys/{kid}/retirement", {}, schemas.Key))

    # asking ---------------------------------------------------------------------------------------------------------

    def _put(self, path: str, body: Mapping[str, Any], schema: type[Schema]) -> dict[str, Any]:
        answer: dict[str, Any] = self._ask("PUT", path, body, schema)
        return answer

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None, schema: type[Schema] | None) -> Any:
        """Ask until answered or refused; only what may pass by itself is tried again."""
        data = None if body is None else dumps(body)
        for pause in (*PAUSES, None):
            try:
                return _read(self._admitted(method, path, data), schema)
            except (Unreachable, Busy, AskedTooOften) as trouble:
                wait = max(pause or 0, float(str(trouble.params.get("seconds", 0))))
                if pause is None or wait > LONGEST_WAIT:
                    raise
                self._sleep(wait)
        raise AssertionError

    def _admitted(self, method: str, path: str, data: bytes | None) -> Any:
        """One attempt with a token; one that is refused is renewed once."""
        token = self._present_token()
        try:
            return self._attempt(token, method, path, data)
        except TokenInvalid:
            return self._attempt(self._present_token(refused=token), method, path, data)

    def _present_token(self, *, refused: str = "") -> str:
        with self._lock:
            if self._token in {"", refused} or self._clock() >= self._renew_at:
                self._renew()
            return self._token

    def _attempt(self, token: str, method: str, path: str, data: bytes | None) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        status, answer = self._wire.exchange(method, path, data, headers)
        if status != HTTPStatus.OK:
            raise _refusal(status, answer, self._address)
        return _json(answer)

    @property
    def _wire(self) -> "Wire":
        """This thread's own connection."""
        wire: Wire | None = getattr(self._wires, "wire", None)
        if wire is None:
            wire = self._wires.wire = Wire(self._address, self._timeout)
        return wire

    def _renew(self) -> None:
        """Get a token for an assertion of this moment. Raises NotAdmitted."""
        jti = secrets.token_urlsafe(16)
        assertion = make_assertion(self._signer, self._client_id, self._address, jti, self._clock())
        form = {"grant_type": "client_credentials", "client_assertion_type": KIND, "client_assertion": assertion}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        status, answer = self._wire.exchange("POST", "/api/v1/token", urlencode(form).encode(), headers)
        if status in {400, 401}:
            raise NotAdmitted(why=_why(answer))
        if status != HTTPStatus.OK:
            raise _refusal(status, answer, self._address)
        granted = _read(_json(answer), schemas.Token)
        self._token = granted["access_token"]
        self._renew_at = self._clock() + int(granted["expires_in"] * 0.8)


def _checked(address: str) -> str:
    if not is_address(address):
        raise AddressNotAllowed(address=address)
    return address.rstrip("/")


def _path(batch: str, count: int) -> str:
    require_batch(batch, count)
    if not schemas.BATCH.fullmatch(batch):
        raise BatchInvalid(batch=batch, count=count)
    return f"/api/v1/batches/{batch}"


def _sent(item: Submission | StatusChange) -> dict[str, Any]:
    """A submission or a change as JSON: the same members, bytes in base64url."""
    members = ((name, getattr(item, name)) for name in item.__slots__)
    return {name: b64u(value) if isinstance(value, bytes) else value for name, value in members}


def _key(answer: dict[str, Any]) -> RemoteKey:
    try:
        key = from_jwk(answer["jwk"])
    except KeysError as error:
        raise AnswerInvalid(what=answer["kid"].hex()) from error
    return RemoteKey(key, answer["state"], answer["opened"], answer["closed"], answer["boundary"])


def _proofs(answer: Any, count: int) -> list[list[bytes]]:
    """By hand: there are thousands of hashes in it, and each is a member of its own."""
    try:
        proofs = [[unb64u(node) for node in proof] for proof in answer["proofs"]]
    except (KeysError, AttributeError, TypeError, KeyError) as error:
        raise AnswerInvalid(what="proofs") from error
    if len(proofs) != count or any(len(node) != 32 for proof in proofs for node in proof):
        raise AnswerInvalid(what="proofs")
    return proofs


def _json(answer: bytes) -> Any:
    try:
        return loads(answer, max_bytes=MAX_ANSWER, max_depth=8)
    except KeysError as error:
        raise AnswerInvalid(what="json") from error


def _read(answer: Any, schema: type[Schema] | None) -> Any:
    if schema is None:
        return answer
    try:
        return schema().load(answer)
    except (ValidationError, TypeError) as error:
        raise AnswerInvalid(what=schema.__name__) from error


# errors --------------------------------------------------------------------------------------------------------------


def _refusal(status: int, answer: bytes, address: str) -> RegistryError:
    """The error that the registry raised, the same class with the same parameters where it is one of its own."""
    try:
        problem = loads(answer, max_bytes=1 << 16, max_depth=8)
        code, params = problem["code"], problem.get("params", {})
        known = _by_code().get(code)
        if known is not None:
            return known(**params)
    except (KeysError, KeyError, TypeError, AttributeError):
        pass
    if status == HTTPStatus.TOO_MANY_REQUESTS:  # a proxy's, which knows no code of ours
        return AskedTooOften(1)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(address=address, reason=f"HTTP {status}")
    return AnswerInvalid(what=f"HTTP {status}")


def _by_code() -> dict[str, type[RegistryError]]:
    """Every error of the registry by its code."""
    modules = {errors.__name__, refusals.__name__, api_refusals.__name__}
    found: dict[str, type[RegistryError]] = {}
    waiting = [RegistryError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__ in modules:
            found[kind.code] = kind
    return found


def _why(answer: bytes) -> str:
    """The token endpoint's reason, for a person."""
    try:
        told = loads(answer, max_bytes=1 << 16, max_depth=4)
        return f"{told['error']}: {told['error_description']}"[:200]
    except (KeysError, KeyError, TypeError):
        return "?"
