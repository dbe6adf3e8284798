"""`hallmark verify`: from text, picture, PDF, document and standard input; online, offline, elsewhere; for programs."""

import datetime as dt
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from credentials.dates import CHINA
from credentials.qrtext import to_text
from issuers.qr import qr_png
from tests.hallmark.command import Ran, has_han, run, run_process
from tests.hallmark.conftest import DATA, copied, numbers_of, opened
from verifier.verdict import EXIT_STATUS, REASONS, Result, Step


@dataclass(frozen=True)
class Papers:
    """What a holder has (text, document, PDF, picture), and what a stranger needs to check it without us."""

    home: Path
    folder: Path
    number: str
    text: str
    document: str

    @property
    def bundle(self) -> tuple[str, ...]:
        return ("--offline", "--bundle", str(self.folder / "full.hallmark"))

    @property
    def small_bundle(self) -> tuple[str, ...]:
        return ("--offline", "--bundle", str(self.folder / "small.hallmark"))


@pytest.fixture(scope="module")
def papers(_issued: Path, tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    home = copied(_issued, folder / "house")
    number, revoked = numbers_of(home)[:2]
    run(home, "revoke", revoked).fine()
    run(home, "bundle", folder / "full.hallmark").fine()
    run(home, "bundle", folder / "small.hallmark", "--no-tiles").fine()
    run(home, "render", number, revoked, "--to", folder).fine()
    token, document = opened(home).ledger.sealed_bytes(number)
    text = to_text("verify.example", token)
    (folder / "qr.png").write_bytes(qr_png(text))
    (folder / "qr.txt").write_text(text + "\n", "ascii")
    (folder / "credential.jwt").write_text(document, "ascii")
    (folder / f"{revoked}.pdf").rename(folder / "revoked.pdf")
    shutil.copy(folder / f"{number}.pdf", folder / "certificate.pdf")
    shutil.copy(home / "roots.json", folder / "roots.json")
    return Papers(home, folder, number, text, document)


def judged(ran: Ran) -> dict[str, object]:
    """The JSON answer, which carries the process's own exit status and nothing on standard error."""
    assert ran.err == ""
    answer = json.loads(ran.out)
    assert answer["exit"] == ran.status
    return answer  # type: ignore[no-any-return]


FORMS = ("certificate.pdf", "qr.png", "qr.txt", "credential.jwt")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_valid_online_offline_and_by_standard_input(form: str, papers: Papers) -> None:
    file = papers.folder / form
    for ran in (
        run(papers.home, "verify", file, "--json"),
        run(papers.home, "verify", file, *papers.bundle, "--json"),
        run(papers.home, "verify", "-", "--json", stdin=file.read_bytes()),
    ):
        answer = judged(ran)
        assert (answer["result"], answer["exit"]) == ("genuine_valid", 0)
        assert answer["credential"]["number"] == papers.number  # type: ignore[index]
    without_log = judged(run(papers.home, "verify", file, *papers.small_bundle, "--json"))
    brings_its_proof = form == "certificate.pdf"
    wanted = ("genuine_valid", 0) if brings_its_proof else ("genuine_unconfirmed", 2)
    assert (without_log["result"], without_log["exit"]) == wanted
    nothing = judged(run(papers.home, "verify", file, "--offline", "--json"))
    assert (nothing["result"], nothing["exit"]) == ("not_checkable_now", 2)


@pytest.mark.parametrize("what", ["the text", "bare digits", "lower case", "the old path", "the document"])
def test_what_a_scanner_app_shows_may_be_typed(what: str, papers: Papers) -> None:
    digits = papers.text.partition("#")[2]
    typed = {
        "the text": papers.text,
        "bare digits": digits,
        "lower case": f"  {papers.text.lower()}\n",
        "the old path": f"HTTPS://VERIFY.EXAMPLE/C/{digits}",
        "the document": papers.document,
    }[what]
    assert judged(run(papers.home, "verify", typed, "--json"))["result"] == "genuine_valid"


def test_a_stranger_needs_only_the_roots_and_the_published_folder_or_a_bundle(papers: Papers, tmp_path: Path) -> None:
    nobody, roots = tmp_path / "nobody", ("--roots", papers.folder / "roots.json")
    file = papers.folder / "certificate.pdf"
    assert "--roots" in run(nobody, "verify", file).refused()[0]
    for more in (("--registry", papers.home / "public"), papers.bundle):
        assert judged(run(nobody, "verify", file, *roots, *more, "--json"))["result"] == "genuine_valid"
    gone = judged(run(nobody, "verify", file, *roots, "--registry", tmp_path / "nowhere", "--json"))
    assert gone["result"] == "not_checkable_now"
    assert not nobody.exists()


def test_another_houses_roots_trust_nothing_of_ours(papers: Papers, tmp_path: Path) -> None:
    other, lists = tmp_path / "other", ("--bodies", DATA / "bodies.csv", "--committees", DATA / "committees.csv")
    run(other, "init", "--host", "verify.example", *lists).fine()
    stranger = ("--roots", other / "roots.json", "--registry", papers.home / "public")
    answer = judged(run(None, "verify", papers.folder / "certificate.pdf", *stranger, "--json"))
    assert answer["result"] == "not_checkable_now"
    assert run(other, "verify", papers.text, *papers.bundle).refused()
    theirs = judged(run(other, "verify", papers.text, "--json"))
    assert (theirs["result"], theirs["exit"]) == ("unknown_issuer", 1)


def test_a_day_may_be_asked_about(papers: Papers) -> None:
    day = dt.datetime.fromtimestamp(opened(papers.home).clock(), CHINA).date().isoformat()
    today = judged(run(papers.home, "verify", papers.text, "--at", day, "--json"))
    assert today["result"] == "genuine_valid"
    assert isinstance(today["asked_at"], int)
    early = judged(run(papers.home, "verify", papers.text, "--at", "2001-01-01", "--json"))
    assert (early["result"], early["reason"]) == ("genuine_not_valid", "not_yet_valid")
    for day in ("2126-01-01", "yesterday", "2026-02-30", "1/2/2026", ""):
        run(papers.home, "verify", papers.text, "--at", day).refused()


def test_a_revoked_certificate_is_told_in_both_languages(papers: Papers) -> None:
    ran = run(papers.home, "verify", papers.folder / "revoked.pdf")
    assert (ran.status, ran.err) == (1, "")
    chinese, english = ran.out.split("\n\nGenuine, but revoked", 1)
    assert chinese.startswith("真实，但已吊销")
    assert not has_han(english.split("\n\n")[-1])
    assert run(papers.home, "verify", papers.folder / "revoked.pdf", "--lang", "zh").out.count("Genuine") == 0
    assert not has_han(run(papers.home, "verify", papers.folder / "revoked.pdf", "--lang", "en").out.splitlines()[0])


def test_the_exit_status_says_what_the_answer_is(papers: Papers) -> None:
    """0 valid, 1 not valid, 2 cannot say, 3 unreadable: of the real process, as a script sees it."""
    cases = [
        (["qr.txt"], 0),
        (["revoked.pdf"], 1),
        (["qr.txt", "--offline"], 2),
        (["https://fake.example/verify?id=1"], 3),
        (["missing.pdf"], 65),
    ]
    for arguments, status in cases:
        ran = run_process(papers.home, "verify", *arguments, cwd=papers.folder)
        assert ran.status == status, (arguments, ran)
        assert (ran.err == "") == (status < 60)
        assert "Traceback" not in ran.err


# for programs ------------------------------------------------------------------------------------------------------

MEMBERS: dict[str, tuple[type, ...]] = {
    "result": (str,),
    "exit": (int,),
    "reason": (str, type(None)),
    "since": (int, type(None)),
    "successor": (str, type(None)),
    "form": (str, type(None)),
    "issuer": (dict, type(None)),
    "credential": (dict, type(None)),
    "findings": (list,),
    "warnings": (list,),
    "ages": (dict,),
    "evidence": (dict,),
    "asked_at": (int, type(None)),
    "checked_at": (int,),
    "test": (bool,),
}
CREDENTIAL = {
    "number",
    "holder",
    "award",
    "issuer",
    "issuer_code",
    "awarded_on",
    "status",
    "issued_at",
    "expires_at",
    "identifier",
    "kind",
}


def require_schema(answer: dict[str, object]) -> None:
    """Exactly the members of docs/api.md, each of its type; the random id that hides the published hash is nowhere."""
    assert answer.keys() == MEMBERS.keys()
    for name, kinds in MEMBERS.items():
        assert type(answer[name]) in kinds, name
    assert EXIT_STATUS[Result(answer["result"])] == answer["exit"]
    assert answer["reason"] in (None, *REASONS)
    for finding in [*answer["findings"], *answer["warnings"]]:  # type: ignore[misc]
        assert finding.keys() == {"step", "outcome", "code", "params"}
        assert Step(finding["step"])
        assert finding["outcome"] in {"pass", "fail", "unknown"}
        assert all(type(value) in (str, int) for value in finding["params"].values())
    if answer["credential"] is not None:
        assert answer["credential"].keys() == CREDENTIAL  # type: ignore[attr-defined]


def test_the_json_answer_has_one_shape_for_every_result(papers: Papers) -> None:
    altered = papers.text[:-100] + str((int(papers.text[-100]) + 1) % 10) + papers.text[-99:]
    seen = set()
    for arguments in (
        [papers.text],
        [papers.folder / "revoked.pdf"],
        [altered],
        [papers.text, "--offline"],
        [papers.text, *papers.small_bundle],
        [papers.text, "--at", "2001-01-01"],
        ["nonsense"],
        [papers.folder / "full.hallmark"],
    ):
        answer = judged(run(papers.home, "verify", *arguments, "--json"))
        require_schema(answer)
        seen.add(answer["result"])
    assert len(seen) == 6


def test_the_answer_for_programs_keeps_chinese_readable_and_the_secret_id_out(papers: Papers) -> None:
    out = run(papers.home, "verify", papers.folder / "certificate.pdf", "--json").out
    assert "\\u" not in out
    assert has_han(out)
    assert "urn:uuid" not in out


def test_no_verification_changes_the_house_but_what_was_seen(papers: Papers) -> None:
    def content() -> dict[str, bytes]:
        files = [file for file in papers.home.rglob("*") if file.is_file() and file.name != "seen.json"]
        return {str(file): file.read_bytes() for file in files}

    before = content()
    run(papers.home, "verify", papers.folder / "certificate.pdf").fine()
    assert content() == before
    held = json.loads((papers.home / "seen.json").read_text())
    assert held["size"] == opened(papers.home).log.head().size
