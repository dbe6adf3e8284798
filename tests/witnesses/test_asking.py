"""A log asks witnesses elsewhere: it believes verified cosignatures alone, waits for nobody long, and names who is missing."""

import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from registry.errors import NoteInvalid
from registry.note import read_note
from registry.witnesses.client import RemoteWitness
from registry.witnesses.gathering import Missing, gather
from registry.witnesses.known import cosign_head, cosigner_key
from registry.witnesses.protocol import Request
from registry.witnesses.refusals import WitnessAbsent, WitnessRefuses
from tests.registry_rim.second_note import verified
from tests.witnesses.conftest import Served
from tests.witnesses.growing_log import NOW, GrowingLog
from tests.witnesses.scripted import Script, answer, serving

pytestmark = pytest.mark.network

NAME = "witness.example/w1"


def cosignatures(served: Served, log: GrowingLog, size: int, *, time: int = NOW, name: str = NAME) -> bytes:
    """What the witness's own keys would say, whether it has seen the tree or not."""
    head = log.known().open(log.note(size)).head
    return "".join(map(str, cosign_head(head, name, served.folder.signers(), time))).encode()


def code_of(served: Served, script: Script, log: GrowingLog, *, timeout: float = 5.0) -> str:
    """Why the client leaves out a witness that answers by `script`."""
    with serving(script) as url, pytest.raises(WitnessAbsent) as absent:
        RemoteWitness(url, served.known_by(), timeout=timeout)(log.note(600), log.prove)
    assert absent.value.params["witness"] == NAME
    return absent.value.code


def test_a_log_is_cosigned_as_it_grows_and_by_a_client_that_remembers_nothing(served: Served, log: GrowingLog) -> None:
    vkeys = [key.to_vkey() for key in served.known_by()]
    client = served.client()
    for size in (1, 255, 256, 257, 600):
        note = client(log.note(size), log.prove)
        assert set(verified(note, vkeys)) == {(NAME, 4), (NAME, 6)}
    assert set(verified(served.client()(log.note(600), log.prove), vkeys)) == {(NAME, 4), (NAME, 6)}


def test_a_conflict_is_answered_once_with_the_size_it_names(served: Served, log: GrowingLog) -> None:
    asked: list[int] = []

    def script(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        request = Request.from_bytes(body)
        asked.append(request.old_size)
        if request.old_size != 300:
            answer(409, b"300\n", kind="text/x.tlog.size")(handler, body)
            return
        assert list(request.proof) == list(log.prove(300, 600))
        answer(200, cosignatures(served, log, 600))(handler, body)

    with serving(script) as url:
        RemoteWitness(url, served.known_by())(log.note(600), log.prove)
    assert asked == [0, 300]


def test_a_witness_that_goes_on_contradicting_itself_is_left_out(served: Served, log: GrowingLog) -> None:
    asked: list[int] = []

    def script(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        asked.append(Request.from_bytes(body).old_size)
        answer(409, b"%d\n" % (len(asked) * 10), kind="text/x.tlog.size")(handler, body)

    assert code_of(served, script, log) == "registry.witness_failing"
    assert asked == [0, 10]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "puzzled"), (403, "distrusts"), (404, "unaware"), (422, "sees_fork"), (429, "busy"), (503, "busy"),
        (500, "failing"), (502, "failing"), (418, "failing"), (201, "failing"), (204, "failing"),
    ],
)  # fmt: skip
def test_every_way_to_say_no_has_its_code(served: Served, log: GrowingLog, status: int, code: str) -> None:
    assert code_of(served, answer(status, b"" if status == 204 else b"no\n"), log) == f"registry.witness_{code}"


def test_a_witness_that_has_seen_more_than_we_have_is_named_for_it(served: Served, log: GrowingLog) -> None:
    assert code_of(served, answer(409, b"601\n", kind="text/x.tlog.size"), log) == "registry.witness_ahead"


@pytest.mark.parametrize("size", [b"", b"300", b"-1\n", b"0300\n", b"1e3\n", b"9" * 40 + b"\n", "٣\n".encode()])
def test_a_conflict_without_a_size_is_a_failure(served: Served, log: GrowingLog, size: bytes) -> None:
    assert code_of(served, answer(409, size), log) == "registry.witness_failing"


def test_what_is_no_cosignature_of_this_head_by_this_witness_is_not_taken(served: Served, log: GrowingLog) -> None:
    good = cosignatures(served, log, 600)
    answers = {
        "nothing": b"",
        "a page": b"<html>200 OK</html>",
        "half a line": good[:60],
        "the head of another size": cosignatures(served, log, 599),
        "another tree": cosignatures(served, log.fork(100, 600), 600),
        "another name": cosignatures(served, log, 600, name="witness.example/w2"),
        "no time": cosignatures(served, log, 600, time=0),
        "one good line and one bad": good.splitlines(keepends=True)[0]
        + cosignatures(served, log, 599).splitlines(keepends=True)[1],
        "a time that was changed": good.replace(b"AAAA", b"AAAB", 1),
        "the log's own lines": log.note(600).split(b"\n\n")[1],
        "a whole note": log.note(600) + good,
    }
    codes = {name: code_of(served, answer(200, each), log) for name, each in answers.items()}
    assert codes == dict.fromkeys(answers, "registry.witness_answer_invalid")


def test_lines_of_unknown_keys_beside_the_right_ones_are_dropped(served: Served, log: GrowingLog) -> None:
    good = cosignatures(served, log, 600)
    stranger = cosignatures(served, log, 600, name="stranger.example")
    signed = log.note(600)
    with serving(answer(200, stranger + good)) as url:
        note = RemoteWitness(url, served.known_by()[:1])(signed, log.prove)
    assert note == signed + good.splitlines(keepends=True)[0]  # we know it by its Ed25519 key alone


def test_it_follows_nobody_elsewhere(served: Served, log: GrowingLog) -> None:
    reached: list[bytes] = []

    def elsewhere(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        reached.append(body)
        answer(200, cosignatures(served, log, 600))(handler, body)

    with serving(elsewhere) as other:
        for status in (301, 302, 303, 307, 308):
            assert code_of(served, answer(status, Location=f"{other}/x"), log) == "registry.witness_failing"
    assert reached == []
    for url in ("http://witness.example", "ftp://127.0.0.1", "https://user@witness.example", "file:///etc/passwd"):
        with pytest.raises(ValueError, match=r"witness|127|etc"):
            RemoteWitness(url, served.known_by())


def test_silence_drip_and_flood_cost_the_time_limit_and_no_more(served: Served, log: GrowingLog) -> None:
    def silent(_handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        time.sleep(1.5)

    def drip(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(30):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)

    def flood(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(10_000):
            handler.wfile.write(b"x" * 65_536)

    def cut(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(cosignatures(served, log, 600)[:200])

    for script in (silent, drip, flood, cut):
        assert code_of(served, script, log, timeout=0.5) == "registry.witness_unreachable"
    with pytest.raises(WitnessAbsent):
        RemoteWitness("http://127.0.0.1:9", served.known_by(), timeout=0.5)(log.note(600), log.prove)


# all at once ---------------------------------------------------------------------------------------------------------


class Fake:
    """A witness in this process that does as it is told."""

    def __init__(self, name: str, does) -> None:
        self.name = name
        self._does = does

    def __call__(self, note: bytes, prove) -> bytes:
        return self._does(note, prove)


def test_all_are_asked_at_once_and_the_silent_are_named(served: Served, log: GrowingLog) -> None:
    release = threading.Event()
    together = threading.Barrier(2, timeout=5)

    def waits(note: bytes, prove) -> bytes:
        together.wait()
        return served.client()(note, prove)

    def meets(note: bytes, prove) -> bytes:
        together.wait()  # hangs unless both were asked at the same time
        raise ConnectionRefusedError

    def hangs(note: bytes, prove) -> bytes:
        release.wait(10)
        return note

    gathered = gather(
        log.note(600),
        [Fake("a", waits), Fake("b", meets), Fake("c", hangs)],
        log.prove,
        enough=3,
        deadline=1.0,
    )
    release.set()
    assert gathered.missing == tuple(Missing(name, "registry.witness_unreachable") for name in "bc")
    assert len(read_note(gathered.note).lines) == 4


def test_who_comes_late_gets_no_proof_out_of_a_connection_that_went_on(served: Served, log: GrowingLog) -> None:
    gone, late = threading.Event(), []

    def asks_late(note: bytes, prove) -> bytes:
        gone.wait(10)
        try:
            late.append(prove(5, 600))
        except WitnessAbsent as refused:
            late.append(refused)
        return note

    proved = []
    gather(log.note(600), [Fake("a", asks_late)], lambda *sizes: proved.append(sizes), enough=1, deadline=0.2)
    gone.set()
    for _ in range(100):
        if late:
            break
        time.sleep(0.01)
    assert isinstance(late[0], WitnessAbsent)
    assert proved == []


def test_a_witness_of_this_process_that_refuses_stops_everything_one_elsewhere_cannot(
    served: Served, log: GrowingLog
) -> None:
    def refuses(note: bytes, prove) -> bytes:
        raise WitnessRefuses(witness="own", size=600, seen=700, reason="smaller")

    with pytest.raises(WitnessRefuses):
        gather(log.note(600), [Fake("own", refuses), served.client()], log.prove, enough=1)
    signed = log.note(600)
    with serving(answer(422)) as url:
        gathered = gather(signed, [RemoteWitness(url, served.known_by())], log.prove, enough=1)
    assert gathered.missing == (Missing(NAME, "registry.witness_sees_fork"),)
    assert gathered.note == signed


def test_a_witness_is_known_by_cosigner_keys_of_one_name(served: Served, log: GrowingLog) -> None:
    other = [cosigner_key("other.example", signer) for signer in served.folder.signers()]
    for keys in ([], [served.known_by()[0], other[1]], log.keys()):
        with pytest.raises(NoteInvalid):
            RemoteWitness("https://witness.example", keys)
