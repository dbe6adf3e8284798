"""Reports of fakes: taken strictly, sealed at once so that the server cannot read them, bounded, read by the operator alone."""

import io
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from hallmark import reports as box
from hallmark.errors import ReportsClosed, ReportUnknown, ReportUnreadable
from hallmark.reports import RECIPIENT, Reports, write_out
from tests.verifier_api.conftest import UNLIMITED, Make
from tests.web.conftest import HOST
from tests.web.page_rules import defects_of
from tests.web.verdict_cases import NOW
from verifier.errors import ReportBoxFull
from verifier.reports import MAX_EVIDENCE

BASE = f"http://{HOST}"
SECRET = bytes(range(32))
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
CANARY = "欧阳建国310115198503070019"


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    made = Reports(tmp_path / "reports", lambda: NOW)
    made.open(SECRET)
    return made


@pytest.fixture
def client(make: Make, reports: Reports) -> FlaskClient:
    return make(report_box=reports).test_client()


def sent(client: FlaskClient, lang: str = "zh", evidence: bytes | None = PNG, **fields: str):
    data = {"kind": "site", **fields}
    if evidence is not None:
        data["evidence"] = (io.BytesIO(evidence), f"{CANARY}.png")
    return client.post(f"/report?lang={lang}", data=data, base_url=BASE, content_type="multipart/form-data")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", ["/report", "/real"])
def test_the_pages_keep_the_rules_and_name_the_official_address(client: FlaskClient, path: str, lang: str) -> None:
    page = client.get(f"{path}?lang={lang}", base_url=BASE).text
    assert defects_of(page) == []
    assert HOST in page
    assert f'href="/real?lang={lang}"' in client.get(f"/?lang={lang}", base_url=BASE).text


def test_a_report_comes_out_of_the_box_as_it_was_written(client: FlaskClient, reports: Reports, tmp_path: Path) -> None:
    fields = {
        "address": "https://ver1fy.example/",
        "words": f"{CANARY}\n第二行",
        "contact": "me",
        "code": "HTTPS://X/#1",
    }
    answer = sent(client, **fields)
    assert answer.status_code == 200
    assert defects_of(answer.text) == []
    (reference,) = re.findall(r"\d{8}-[0-9a-f]{8}", answer.text)
    assert CANARY not in answer.text
    told = reports.read(reference, SECRET)
    assert told == {"at": NOW, "kind": "site", **fields, "evidence": PNG}
    files = write_out(told, tmp_path / "out")
    assert [file.name for file in files] == ["report.json", "evidence.png"]
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    with pytest.raises(FileExistsError):
        write_out({**told, "evidence": None}, tmp_path / "out")
    reports.remove(reference)
    assert reports.listed() == []


def test_nothing_of_a_report_lies_readable_in_the_folder(
    client: FlaskClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        sent(client, words=CANARY, contact=CANARY, address=CANARY)
    whole = b"".join(file.name.encode() + file.read_bytes() for file in (tmp_path / "reports").iterdir())
    for trace in (CANARY.encode(), b"310115", b"pixels", b"site"):
        assert trace not in whole
    assert "310115" not in caplog.text
    (file,) = (tmp_path / "reports").glob("*.report")
    assert file.stat().st_mode & 0o777 == 0o600


def test_another_passphrase_and_a_flipped_bit_read_nothing(
    client: FlaskClient, reports: Reports, tmp_path: Path
) -> None:
    sent(client, words="x")
    (kept,) = reports.listed()
    with pytest.raises(ReportUnreadable):
        reports.read(kept.reference, bytes(32))
    (file,) = (tmp_path / "reports").glob("*.report")
    sealed = file.read_bytes()
    for at in (0, 40, len(sealed) - 1):
        file.write_bytes(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
        with pytest.raises(ReportUnreadable):
            reports.read(kept.reference, SECRET)


@pytest.mark.parametrize(
    ("fields", "evidence", "status", "code"),
    [
        ({"kind": "nothing"}, PNG, 422, "report.kind_needed"),
        ({}, None, 422, "report.nothing_told"),
        ({"words": " \x00 "}, None, 422, "report.nothing_told"),
        ({"words": "x" * 4001}, PNG, 422, "report.too_long"),
        ({}, b"PK\x03\x04", 415, "report.evidence_kind"),
        ({}, b"<svg onload=x>", 415, "report.evidence_kind"),
    ],
)
def test_what_cannot_be_a_report_is_refused_and_not_kept(
    client: FlaskClient, reports: Reports, fields: dict[str, str], evidence: bytes | None, status: int, code: str
) -> None:
    data = {"kind": "site", **fields}
    if evidence is not None:
        data["evidence"] = (io.BytesIO(evidence), "x")
    answer = client.post("/report", data=data, base_url=BASE, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert reports.listed() == []


def test_evidence_beyond_the_limit_is_refused(client: FlaskClient, reports: Reports) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
    body = (
        part % (b"kind", b"", b"site")
        + part % (b"evidence", b'; filename="a"', PNG + bytes(MAX_EVIDENCE))
        + b"--x--\r\n"
    )
    answer = client.post(
        "/report",
        data=body,
        content_type="multipart/form-data; boundary=x",
        base_url=BASE,
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, answer.json["code"]) == (413, "report.evidence_too_large")
    assert reports.listed() == []


def test_a_full_box_says_so_and_keeps_what_it_has(
    client: FlaskClient, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box, "MAX_REPORTS", 2)
    assert [sent(client, words="x").status_code for _ in range(3)] == [200, 200, 503]
    assert len(reports.listed()) == 2
    monkeypatch.setattr(box, "MAX_REPORTS", 500)
    monkeypatch.setattr(box, "MAX_BYTES", 1000)
    with pytest.raises(ReportBoxFull):
        reports(bytes(1000))


def test_a_closed_box_takes_none_and_the_page_says_whom_to_tell(make: Make, tmp_path: Path) -> None:
    client = make().test_client()
    page = client.get("/report", base_url=BASE).text
    assert "<form" not in page
    assert "12333" in page
    answer = client.post(
        "/report", data={"kind": "site", "words": "x"}, base_url=BASE, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json["code"]) == (404, "report.not_offered")
    closed = Reports(tmp_path / "none", lambda: NOW)
    assert not closed.is_open
    for act in (lambda: closed.read("20260921-00000000", SECRET), lambda: closed.remove("x")):
        with pytest.raises(ReportsClosed):
            act()


def test_no_reference_leads_out_of_the_folder(reports: Reports, tmp_path: Path) -> None:
    (tmp_path / "secret.report").write_bytes(b"x")
    for reference in ("../secret", "/etc/passwd", RECIPIENT, "", "20260921-00000000"):
        with pytest.raises(ReportUnknown):
            reports.remove(reference)
    assert (tmp_path / "secret.report").exists()


def test_reports_have_a_limit_of_their_own(make: Make, reports: Reports) -> None:
    from dataclasses import replace

    client = make(replace(UNLIMITED, report="2/hour"), report_box=reports).test_client()
    assert [sent(client, words="x").status_code for _ in range(3)] == [200, 200, 429]


def test_the_operator_opens_reads_and_removes_by_command(untouched: Path, tmp_path: Path) -> None:
    from tests.hallmark.command import run
    from tests.hallmark.conftest import copied, opened, operators_passphrase

    home = copied(untouched, tmp_path / "house")
    with operators_passphrase():
        run(home, "reports", "open").fine()
        house = opened(home)
        reference = Reports(house.settings.home / "reports", house.clock)(
            b'{"at":1790000000,"kind":"site","words":"x","evidence":null}'
        )
        assert run(home, "reports", "list").fine().out.startswith(reference)
        out = run(home, "reports", "read", reference, "--to", tmp_path / "out").fine().out
        assert str(tmp_path / "out" / "report.json") in out
        run(home, "reports", "remove", reference).fine()
        run(home, "reports", "read", reference, "--to", tmp_path / "out").refused()
