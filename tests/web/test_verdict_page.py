"""The first page and the verdict page: forms without script, every result in both languages, nothing injected."""

import io
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from html import escape
from typing import Any

import pytest
from flask.testing import FlaskClient

from credentials.dates import PartialDate
from tests.web.conftest import HOST, Asked, Reader
from tests.web.page_rules import defects_of
from tests.web.verdict_cases import CASES, GENUINE, NOW, POSTDOC, QUALIFICATION, TITLE
from verifier.errors import NoCodeFound, PictureKindUnknown, ReaderBusy
from verifier.facts import rare_characters, standing
from verifier.verdict import REASONS, Finding, Outcome, Result, Step, Verdict
from verifier.wording import headline

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8
BASE = f"http://{HOST}"


def posted(client: FlaskClient, text: str, query: str = "", **more: str) -> str:
    answer = client.post(f"/check{query}", data={"text": text, **more}, base_url=BASE)
    assert answer.status_code == 200
    return answer.text


# the first page ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", ["/", "/api"])
def test_the_standing_pages_keep_the_rules(client: FlaskClient, path: str, lang: str) -> None:
    page = client.get(f"{path}?lang={lang}", base_url=BASE).text
    assert defects_of(page) == []
    assert HOST in page


def test_both_forms_post_to_check_and_need_no_script(client: FlaskClient) -> None:
    page = client.get("/", base_url=BASE).text
    assert page.count('<form method="post" action="/check"') == 2
    assert 'enctype="multipart/form-data"' in page
    assert "<noscript>" in page
    assert page.count("<script") == 1
    assert page.index("<script") < page.index("stylesheet"), "the fragment leaves the address before anything loads"


def test_the_script_takes_the_fragment_away_first_keeps_nothing_and_sends_nothing(client: FlaskClient) -> None:
    script = client.get("/static/scan.js", base_url=BASE, buffered=True).text
    assert script.index("replaceState") < script.index("fragment.slice")
    for storage in (
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "caches",
        "cookie",
        "console",
        "serviceWorker",
        "http",
        "fetch",
        "XMLHttp",
        "sendBeacon",
        "submit(",
    ):
        assert storage not in script


def test_a_reload_of_an_answer_goes_back_to_the_start(client: FlaskClient) -> None:
    answer = client.get("/check", base_url=BASE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/check?lang=en", base_url=BASE).headers["Location"] == "/?lang=en"


# every verdict -------------------------------------------------------------------------------------------------------


def test_the_cases_hold_every_result_and_every_reason() -> None:
    assert {verdict.result for verdict in CASES.values()} == set(Result)
    assert {verdict.reason for verdict in CASES.values() if verdict.reason} == set(REASONS)
    assert {each.step for verdict in CASES.values() for each in verdict.findings} == set(Step)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("case", CASES)
def test_every_verdict_renders_whole_in_both_languages(client: FlaskClient, case: str, lang: str) -> None:
    page = posted(client, case, f"?lang={lang}")
    assert defects_of(page) == []
    assert escape(headline(CASES[case], lang)) in page
    assert f'data-result="{CASES[case].result}"' in page
    for missing in ("{", "page.", "result.", "reason.", "step.", "check.", "trust."):
        assert missing not in page.replace(HOST, "").split("<main")[1].split("</main>")[0]
    fragment = posted(client, case, f"?fragment&lang={lang}")
    assert defects_of(fragment, whole=False) == []
    assert fragment.strip() in page


def test_only_a_plain_valid_answer_is_green(client: FlaskClient) -> None:
    tones = {case: posted(client, case).split('<section class="verdict ')[1].split('"')[0] for case in CASES}
    assert {case for case, tone in tones.items() if tone == "valid"} == {
        "genuine_valid", "qualification", "postdoc", "test", "asked",
    }  # fmt: skip
    assert tones["foreign-host"] == "caution"
    assert tones["unknown_issuer"] == tones["altered"] == "refused"
    assert tones["not_checkable_now"] == tones["no_record"] == "unsure"
    assert tones["unreadable"] == "unread"


def test_no_record_and_unreadable_are_not_called_fake(client: FlaskClient) -> None:
    assert "不等于证书是假的" in posted(client, "no_record")
    assert "not proof of a fake" in posted(client, "no_record", "?lang=en")
    assert "不说明证书是假的" in posted(client, "unreadable")


def test_an_unlisted_host_is_a_loud_warning_that_names_it(client: FlaskClient) -> None:
    page = posted(client, "foreign-host")
    assert 'role="alert"' in page
    assert "hallmark.examp1e" in page
    assert page.index('role="alert"') < page.index("fact")


def test_the_test_banner_stands_once_on_a_test_verdict(client: FlaskClient) -> None:
    assert posted(client, "test").count("test-banner") == 1
    assert "test-banner" not in posted(client, "genuine_valid")


def test_the_past_is_never_shown_as_today(client: FlaskClient) -> None:
    page = posted(client, "genuine_valid", at="2026-09-18")
    assert "2026年9月18日当天有效" in page
    assert "不代表今天" in page
    assert "真实有效" not in page


def test_a_replaced_certificate_names_its_successor(client: FlaskClient) -> None:
    page = posted(client, "genuine_not_valid-superseded")
    assert str(CASES["genuine_not_valid-superseded"].successor) in page
    assert "自2026年9月12日起" in page


# the facts -----------------------------------------------------------------------------------------------------------


def test_a_genuine_certificate_shows_everything_unmasked(client: FlaskClient) -> None:
    for case, credential in (("genuine_valid", TITLE), ("qualification", QUALIFICATION), ("postdoc", POSTDOC)):
        page = posted(client, case)
        for value in texts_of(credential):
            assert escape(value) in page, value
        assert "请与纸质证书及身份证件逐项核对" in page
        assert str(credential.id) not in page


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (Result.GENUINE_VALID, "confirmed"),
        (Result.GENUINE_NOT_VALID, "confirmed"),
        (Result.GENUINE_UNCONFIRMED, "pending"),
        (Result.NOT_CHECKABLE_NOW, "pending"),
        (Result.LEGACY_UNSIGNED, "pending"),
        (Result.UNKNOWN_ISSUER, "unconfirmed"),
        (Result.ISSUER_OUT_OF_SCOPE, "unconfirmed"),
        (Result.NOT_LOGGED, "unconfirmed"),
        (Result.ALTERED, "none"),
        (Result.COPY_EXPIRED, "none"),
        (Result.MISMATCH, "none"),
        (Result.NO_RECORD, "none"),
        (Result.UNREADABLE, "none"),
    ],
)
def test_facts_stand_only_as_far_as_the_result_carries_them(
    client: FlaskClient, asked: Asked, result: Result, expected: str
) -> None:
    verdict = replace(GENUINE, result=result)
    assert standing(verdict) == expected
    asked.answers["x"] = verdict
    page = posted(client, "x")
    assert ("欧阳䶮" in page) is (expected != "none")
    assert ("请与纸质证书及身份证件逐项核对" in page) is (expected == "confirmed")


def test_the_issuer_shown_is_the_trust_lists_or_called_a_claim(client: FlaskClient, asked: Asked) -> None:
    asked.answers["trusted"] = replace(GENUINE, issuer="名单上的机关")
    asked.answers["claimed"] = replace(GENUINE, result=Result.NOT_CHECKABLE_NOW, issuer=None, issuer_en=None)
    trusted, claimed = posted(client, "trusted"), posted(client, "claimed")
    assert "名单上的机关" in trusted
    assert TITLE.issuer not in trusted
    assert "所写发证机关" in claimed


def test_rare_characters_are_named_by_code_point() -> None:
    assert rare_characters("欧阳建国") == ""
    assert rare_characters("Maria Fernández") == ""
    assert rare_characters("张𬱖䶮䶮") == "𬱖（U+2CC56）、䶮（U+4DAE）"


def texts_of(thing: Any) -> Iterator[str]:
    """Every text and date in a credential."""
    for each in fields(thing):
        value = getattr(thing, each.name)
        if isinstance(value, PartialDate):
            yield str(value)
        elif is_dataclass(value):
            yield from texts_of(value)
        elif isinstance(value, str):
            yield value


# hostile text --------------------------------------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7*7 }}{% print 1 %}",
    "{settings.host} %s \\u003cscript>",
    "</dd></section><h1>真实有效</h1>",
    "javascript:alert(1)",
)


def hostile_verdicts(attack: str) -> Iterator[Verdict]:
    """Genuine verdicts with `attack` in every text field of every kind of certificate, and in all that goes with it."""
    for credential in (TITLE, QUALIFICATION, POSTDOC):
        yield replace(GENUINE, issuer=None, credential=poisoned(credential, attack))
    finding = Finding(Step.LOGGED, Outcome.FAIL, "check.log_evidence_rejected", {"defect": attack})
    warning = Finding(Step.READ, Outcome.UNKNOWN, "check.host_unlisted", {"host": attack})
    yield replace(GENUINE, issuer=attack, issuer_en=attack, findings=(finding,), warnings=(warning,))
    yield replace(CASES["genuine_not_valid-superseded"], successor=attack)
    yield replace(GENUINE, findings=(Finding(Step.READ, Outcome.FAIL, attack),), ages={attack: 5})


def poisoned(thing: Any, attack: str) -> Any:
    """A copy with `attack` in every text field, past the model's own checks, which refuse much of it."""
    copy = replace(thing)
    for each in fields(thing):
        value = getattr(thing, each.name)
        if is_dataclass(value) and not isinstance(value, PartialDate):
            object.__setattr__(copy, each.name, poisoned(value, attack))
        elif isinstance(value, str):
            object.__setattr__(copy, each.name, attack)
    return copy


@pytest.mark.parametrize("attack", HOSTILE)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_text_is_shown_as_text(client: FlaskClient, asked: Asked, attack: str, lang: str) -> None:
    for verdict in hostile_verdicts(attack):
        asked.answers["x"] = verdict
        page = posted(client, "x", f"?lang={lang}")
        assert str(escape(attack)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
        assert defects_of(page) == []
        assert page.count("<h1") == 1
        if "<" in attack or '"' in attack or "'" in attack:
            assert attack not in page


def test_what_was_pasted_is_escaped_where_it_comes_back(client: FlaskClient) -> None:
    page = posted(client, '"><script>alert(1)</script>', at="2026-09-18")
    assert "<script>alert" not in page
    assert defects_of(page) == []


# what is handed in ---------------------------------------------------------------------------------------------------


def test_a_text_is_checked_for_now_or_for_the_end_of_a_day_in_china(client: FlaskClient, asked: Asked) -> None:
    posted(client, "  genuine_valid\n")
    posted(client, "genuine_valid", at="2026-09-16")
    posted(client, "genuine_valid", at="2026-09-21")
    assert asked.questions == [("genuine_valid", None), ("genuine_valid", 1_789_574_399), ("genuine_valid", NOW)]


@pytest.mark.parametrize(
    "at", ["2026-9-16", "16.09.2026", "2026-02-30", "2026-09-22", "9999-12-31", "x", "２０２６-09-16"]
)
def test_a_day_that_is_none_or_not_yet_is_refused(client: FlaskClient, asked: Asked, at: str) -> None:
    answer = client.post("/check", data={"text": "genuine_valid", "at": at}, base_url=BASE)
    assert answer.status_code == 422
    assert asked.questions == []


def test_nothing_and_two_things_are_refused(client: FlaskClient) -> None:
    for data in ({}, {"text": " \n"}, {"file": (io.BytesIO(b""), "")}, {"file": (io.BytesIO(b""), "a.png")}):
        assert client.post("/check", data=data, base_url=BASE).status_code == 422
    both = {"text": "genuine_valid", "file": (io.BytesIO(PNG), "a.png")}
    assert client.post("/check", data=both, base_url=BASE).status_code == 422


def test_a_picture_is_read_and_can_be_asked_again_in_the_other_language(client: FlaskClient, asked: Asked) -> None:
    data = {"text": "", "at": "", "file": (io.BytesIO(PNG), "证书.png")}
    page = client.post("/check", data=data, base_url=BASE).text
    assert asked.questions == [("genuine_valid", None)]
    assert '<form class="switch" method="post" action="/check?lang=en">' in page
    assert '<input type="hidden" name="text" value="genuine_valid">' in page
    assert "证书.png" not in page


@pytest.mark.parametrize("head", [PNG, b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBPVP8 ", b"%PDF-1.7\n"])
def test_files_are_told_apart_by_their_first_bytes(client: FlaskClient, head: bytes) -> None:
    data = {"file": (io.BytesIO(head + b"\xff"), "x.txt")}
    assert 'data-result="genuine_valid"' in client.post("/check", data=data, base_url=BASE).text


def test_a_text_file_is_checked_as_text_and_anything_else_is_415(client: FlaskClient, asked: Asked) -> None:
    data = {"file": (io.BytesIO(b"eyJ0eXAi.e30.c2ln\n"), "credential.jwt")}
    assert client.post("/check", data=data, base_url=BASE).status_code == 200
    assert asked.questions == [("eyJ0eXAi.e30.c2ln", None)]
    for content in (b"PK\x03\x04\x00", b"GIF89a\x00", "文字".encode(), b"x" * 70_000):
        data = {"file": (io.BytesIO(content), "a.png")}
        assert client.post("/check", data=data, base_url=BASE).status_code == 415


def test_a_file_without_a_code_is_an_answer_and_a_busy_reader_is_not(client: FlaskClient, reader: Reader) -> None:
    def answer_to(failure: Any) -> Any:
        reader.failure = failure
        return client.post("/check", data={"file": (io.BytesIO(PNG), "a.png")}, base_url=BASE)

    assert 'data-result="unreadable"' in answer_to(NoCodeFound()).text
    assert answer_to(ReaderBusy()).status_code == 503
    assert answer_to(PictureKindUnknown()).status_code == 415


def test_foreign_codes_beside_ours_take_the_green_away(client: FlaskClient, reader: Reader) -> None:
    reader.texts = ["unreadable", "genuine_valid"]
    page = client.post("/check", data={"file": (io.BytesIO(PNG), "a.png")}, base_url=BASE).text
    assert 'class="verdict caution"' in page
    assert "不要扫描它们" in page


def test_two_forms_of_one_certificate_speak_by_the_worse(client: FlaskClient, reader: Reader) -> None:
    reader.texts = ["genuine_valid", "genuine_not_valid-revoked"]
    page = client.post("/check", data={"file": (io.BytesIO(b"%PDF-1.7"), "a.pdf")}, base_url=BASE).text
    assert 'data-result="genuine_not_valid"' in page
    assert 'value="genuine_not_valid-revoked"' in page


def test_two_certificates_in_one_file_are_refused(client: FlaskClient, reader: Reader, asked: Asked) -> None:
    other = replace(TITLE, id=type(TITLE.id)("8c9e6679-7425-40de-944b-e07fc1f90ae7"))
    asked.answers["other"] = replace(GENUINE, credential=other)
    reader.texts = ["genuine_valid", "other"]
    answer = client.post("/check", data={"file": (io.BytesIO(PNG), "a.png")}, base_url=BASE)
    assert answer.status_code == 422


def test_five_thousand_digits_are_handed_on_and_nothing_breaks(client: FlaskClient, asked: Asked) -> None:
    posted(client, "9" * 5_000)
    assert asked.questions == [("9" * 5_000, None)]
