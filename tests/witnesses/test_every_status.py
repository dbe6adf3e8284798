"""The witness over a real socket answers with every status that tlog-witness v1.0.0 knows, and cosigns once only."""

import hashlib
import json

import pytest

from registry.checkpoint import Checkpoint, sign
from registry.merkle import EMPTY_ROOT
from registry.note import b64
from registry.witnesses.folder import WitnessFolder
from registry.witnesses.protocol import Request, monitoring_path
from tests.registry_rim.second_note import verified
from tests.witnesses.conftest import Served
from tests.witnesses.growing_log import NOW, GrowingLog

pytestmark = pytest.mark.network


def body(log: GrowingLog, old: int, new: int, note: bytes | None = None) -> bytes:
    proof = tuple(log.prove(old, new)) if 0 < old < new else ()
    return Request(old, proof, note or log.note(new)).to_bytes()


def vkeys(served: Served, log: GrowingLog) -> list[str]:
    return [key.to_vkey() for key in (*served.known_by(), *log.keys())]


def test_200_is_cosignature_lines_alone_which_a_second_reader_verifies(served: Served, log: GrowingLog) -> None:
    for old, new in ((0, 5), (5, 256), (256, 600), (600, 600)):
        served.clock.now += 10
        answer = served.post(body(log, old, new))
        assert (answer.status, answer.media_type) == (200, "text/plain")
        assert all(line.startswith("— witness.example/w1 ") for line in answer.body.decode().splitlines())
        found = verified(log.note(new) + answer.body, vkeys(served, log))
        times = {found.pop(("witness.example/w1", kind)) for kind in (4, 6)}
        assert times == {served.clock.now}
        assert set(found) == {(log.origin, 1), (log.origin, 6)}


def test_400_for_what_is_no_request(served: Served, log: GrowingLog) -> None:
    good = body(log, 0, 5)
    note, one = log.note(5), b64(bytes(32)).encode()
    bad = {
        "nothing": b" ",
        "no size line": b"\n\n" + note,
        "a leading zero": good.replace(b"old 0", b"old 00"),
        "two spaces": good.replace(b"old 0", b"old  0"),
        "a sign": good.replace(b"old 0", b"old -1"),
        "no number": good.replace(b"old 0", "old ٣".encode()),
        "a size beyond 2^63": good.replace(b"old 0", b"old 9223372036854775808"),
        "carriage returns": good.replace(b"\n", b"\r\n"),
        "no empty line": good.replace(b"\n\n", b"\n", 1),
        "a short hash": b"old 1\n" + b64(bytes(31)).encode() + b"\n\n" + note,
        "not base64": b"old 1\n????\n\n" + note,
        "64 proof lines": b"old 1\n" + (one + b"\n") * 64 + b"\n" + note,
        "no note": b"old 0\n\n",
        "a note without signatures": b"old 0\n\nlog.elsewhere.example/1\n5\n" + one + b"\n",
        "an old size above the new one": body(log, 6, 5),
        "two lines": b"old 0\n\n" + note.replace(b"\n5\n", b"\n", 1),
    }
    assert {name: served.post(each).status for name, each in bad.items()} == dict.fromkeys(bad, 400)
    assert served.folder.witness_of(log.origin).seen() is None


def test_63_proof_lines_are_read_and_judged(served: Served, log: GrowingLog) -> None:
    assert served.post(body(log, 0, 5)).status == 200
    one = b64(bytes(32)).encode()
    assert served.post(b"old 5\n" + (one + b"\n") * 63 + b"\n" + log.note(600)).status == 422


def test_413_for_what_no_request_can_be(served: Served, log: GrowingLog) -> None:
    assert served.post(body(log, 0, 5) + b"x" * 200_000).status == 413


def test_403_for_signatures_that_are_not_the_logs(served: Served, log: GrowingLog) -> None:
    head = Checkpoint(log.origin, 5, log.root(5))
    thief = GrowingLog("thief.example")
    stolen = sign(head, thief.ed25519, thief.ml_dsa, NOW)
    assert served.post(body(log, 0, 5, stolen)).status == 403
    lines = log.note(5).decode().splitlines(keepends=True)
    without_ml_dsa = "".join(lines[:5]).encode()
    assert served.post(body(log, 0, 5, without_ml_dsa)).status == 403
    other = GrowingLog(log.origin, [b"another tree"] * 5).note(5).decode().splitlines(keepends=True)
    for at in (4, 5):  # a line of a known key that does not verify spoils the note, whatever else stands there
        spoilt = [*lines]
        spoilt[at] = other[at]
        assert served.post(body(log, 0, 5, "".join(spoilt).encode())).status == 403
    assert served.folder.witness_of(log.origin).seen() is None


def test_404_for_a_log_it_does_not_serve_until_it_is_added(served: Served, log: GrowingLog) -> None:
    other = GrowingLog("second.example/log").upto(3)
    answer = served.post(body(other, 0, 3))
    assert answer.status == 404
    assert json.loads(answer.body)["code"] == "registry.log_unknown"
    served.folder.add_log(other.known())
    assert served.post(body(other, 0, 3)).status == 200


def test_409_names_the_size_in_its_own_media_type(served: Served, log: GrowingLog) -> None:
    fresh = served.post(body(log, 5, 600))
    assert (fresh.status, fresh.media_type, fresh.body) == (409, "text/x.tlog.size", b"0\n")
    served.post(body(log, 0, 256))
    for old, new in ((0, 600), (5, 600), (5, 5), (256 + 1, 600)):
        answer = served.post(body(log, old, new))
        assert (answer.status, answer.media_type, answer.body) == (409, "text/x.tlog.size", b"256\n"), (old, new)


def test_422_for_another_history_and_never_two_cosignatures(served: Served, log: GrowingLog) -> None:
    """T19: whatever is tried, one root for one size, and every later tree contains it."""
    assert served.post(body(log, 0, 300)).status == 200
    fork = log.fork(200, 600)
    tried = {
        "another root of the same size": body(fork, 300, 300),
        "a fork with its own proof": body(fork, 300, 600),
        "a fork with the true log's proof": Request(300, tuple(log.prove(300, 600)), fork.note(600)).to_bytes(),
        "a proof cut short": Request(300, tuple(log.prove(300, 600)[:-1]), log.note(600)).to_bytes(),
        "no proof": Request(300, (), log.note(600)).to_bytes(),
        "a proof for equal sizes": Request(300, (bytes(32),), log.note(300)).to_bytes(),
    }
    assert {name: served.post(each).status for name, each in tried.items()} == dict.fromkeys(tried, 422)
    assert served.post(body(fork, 0, 300)).status == 409  # as if for the first time
    assert served.folder.witness_of(log.origin).seen().root == log.root(300)
    assert served.post(body(log, 300, 600)).status == 200


def test_the_empty_tree_has_one_root(served: Served, log: GrowingLog) -> None:
    signed = sign(Checkpoint(log.origin, 0, EMPTY_ROOT), log.ed25519, log.ml_dsa, NOW)
    wrong = f"{log.origin}\n0\n{b64(bytes(32))}\n".encode()
    plain = log.keys()[0]
    line = f"— {plain.name} {b64(plain.key_id + log.ed25519.sign(wrong))}\n".encode()
    lenient = GrowingLog("lenient.example")
    assert served.post(Request(0, (), wrong + b"\n" + line).to_bytes()).status == 403  # and no ML-DSA-44 either
    served.folder.add_log(type(lenient.known())(lenient.origin, lenient.keys(), require_ml_dsa=False))
    wrong = wrong.replace(log.origin.encode(), lenient.origin.encode())
    plain = lenient.keys()[0]
    line = f"— {plain.name} {b64(plain.key_id + lenient.ed25519.sign(wrong))}\n".encode()
    assert served.post(Request(0, (), wrong + b"\n" + line).to_bytes()).status == 422
    assert served.post(Request(0, (bytes(32),), signed).to_bytes()).status == 422
    assert served.post(Request(0, (), signed).to_bytes()).status == 200
    assert served.post(body(log, 0, 5)).status == 200  # from nothing no proof is needed


def test_405_and_404_for_what_is_not_there(served: Served, log: GrowingLog) -> None:
    assert served.get("add-checkpoint").status == 405
    assert served.get("sign-subtree").status == 404  # optional in the specification, and not offered


def test_what_was_cosigned_last_is_shown_to_monitors(served: Served, log: GrowingLog) -> None:
    path = hashlib.sha256(log.origin.encode()).hexdigest() + "/checkpoint"
    assert path == monitoring_path(log.origin)
    assert served.get(path).status == 404
    assert served.get("0" * 64 + "/checkpoint").status == 404
    for size, old in ((5, 0), (600, 5)):
        answered = served.post(body(log, old, size)).body
        shown = served.get(path)
        assert (shown.status, shown.media_type) == (200, "text/plain")
        assert shown.body.startswith(log.note(size).split(b"\n\n")[0] + b"\n\n")
        assert answered in shown.body
        assert len(verified(shown.body, vkeys(served, log))) == 4


def test_extension_lines_of_another_log_stand_under_the_cosignature(served: Served, folder: WitnessFolder) -> None:
    plain = GrowingLog("extended.example").upto(1)
    folder.add_log(type(plain.known())(plain.origin, plain.keys()[:1], require_ml_dsa=False))
    text = f"{plain.origin}\n1\n{b64(plain.root(1))}\nan extension\n".encode()
    key = plain.keys()[0]
    line = f"— {key.name} {b64(key.key_id + plain.ed25519.sign(text))}\n".encode()
    answer = served.post(Request(0, (), text + b"\n" + line).to_bytes())
    assert answer.status == 200
    assert len(verified(text + b"\n" + line + answer.body, [k.to_vkey() for k in (*served.known_by(), key)])) == 3


def test_the_same_head_again_is_the_same_answer_within_a_second_and_a_newer_one_later(
    served: Served, log: GrowingLog
) -> None:
    first = served.post(body(log, 0, 5)).body
    assert served.post(body(log, 5, 5)).body == first
    served.clock.now += 1
    assert served.post(body(log, 5, 5)).body != first
    served.clock.now -= 3600  # a clock that goes back does not take the time of a cosignature back
    again = served.post(body(log, 5, 5)).body
    assert verified(log.note(5) + again, vkeys(served, log))["witness.example/w1", 4] == NOW + 1


def test_a_spoilt_state_or_an_unreadable_book_is_503_and_no_fresh_start(served: Served, log: GrowingLog) -> None:
    assert served.post(body(log, 0, 300)).status == 200
    state = next((served.folder.folder / "state").glob("*.json"))
    kept = state.read_bytes()
    for spoilt in (b"", b"{}", kept[:-20], kept.replace(b'"size":300', b'"size":-1')):
        state.write_bytes(spoilt)
        assert served.post(body(log, 0, 300)).status == 503
    state.write_bytes(kept)
    book = served.folder.folder / "witness.toml"
    text = book.read_text()
    book.write_text(text + "surprise = 1\n")
    assert served.post(body(log, 300, 600)).status == 503
    book.write_text(text)
    assert served.post(body(log, 300, 600)).status == 200
