"""T43: how often one may ask the verifier. No header dodges it, no neighbour uses up another's share, keys count apart."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from tests.verifier_api.conftest import UNLIMITED, Make
from tests.web.conftest import HOST
from verifier.rates import ApiKey, Rates
from web.limiting import neighbourhood

BASE = f"http://{HOST}"
API = "/api/v1/verifications"
FEW = replace(UNLIMITED, verify="5/minute", failures="3/minute")
KEYS = {"good": ApiKey("aa", ("verify",), "8/minute"), "other": ApiKey("bb", ("lookup",), "8/minute")}


def statuses(app: Flask, times: int, path: str = API, **headers: str) -> list[int]:
    client = app.test_client()
    asked = {"json": {"text": "x"}} if path == API else {"data": {"text": "x"}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [client.post(path, base_url=BASE, headers=named, **asked).status_code for _ in range(times)]


def from_address(app: Flask, address: str) -> int:
    return (
        app.test_client()
        .post(API, json={"text": "x"}, base_url=BASE, environ_base={"REMOTE_ADDR": address})
        .status_code
    )


@pytest.mark.parametrize("path", [API, "/check"])
def test_beyond_the_limit_it_is_429_with_the_seconds_to_wait(make: Make, path: str) -> None:
    app = make(FEW)
    assert statuses(app, 7, path) == [200] * 5 + [429] * 2
    answer = app.test_client().post(path, json={"text": "x"}, data=None, base_url=BASE)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_page_and_api_are_counted_together(make: Make) -> None:
    app = make(FEW)
    assert statuses(app, 5, "/check") == [200] * 5
    assert statuses(app, 1) == [429]
    assert app.test_client().get("/", base_url=BASE).status_code == 200, "looking at a page is no question"


def spoofed() -> Iterator[dict[str, str]]:
    for number in range(1000):
        address = f"6.6.{number // 250}.{number % 250}"
        yield {
            "X-Forwarded-For": address,
            "X-Real-IP": address,
            "Forwarded": f"for={address}",
            "CF-Connecting-IP": address,
        }


def test_a_thousand_forged_addresses_are_one_caller(make: Make) -> None:
    client = make(FEW).test_client()
    answers = [client.post(API, json={"text": "x"}, base_url=BASE, headers=each).status_code for each in spoofed()]
    assert answers == [200] * 5 + [429] * 995


def test_behind_one_proxy_what_the_caller_wrote_before_it_has_no_say(make: Make) -> None:
    client = make(FEW, hops=1).test_client()
    answers = []
    for each in spoofed():
        chain = {**each, "X-Forwarded-For": f"{each['X-Forwarded-For']}, 203.0.113.9"}
        answers.append(client.post(API, json={"text": "x"}, base_url=BASE, headers=chain).status_code)
    assert answers == [200] * 5 + [429] * 995


def test_behind_one_proxy_two_callers_are_two(make: Make) -> None:
    app = make(FEW, hops=1)
    assert statuses(app, 6, X_Forwarded_For="203.0.113.9")[-1] == 429
    assert statuses(app, 1, X_Forwarded_For="203.0.113.10") == [200]


def test_one_line_of_ipv6_is_one_caller(make: Make) -> None:
    app = make(FEW)
    answers = [from_address(app, f"2001:db8:1:2::{number:x}") for number in range(7)]
    assert answers == [200] * 5 + [429] * 2
    assert from_address(app, "2001:db8:1:3::1") == 200


def test_addresses_are_counted_under_their_neighbourhood() -> None:
    assert neighbourhood("203.0.113.9") == "203.0.113.9"
    assert neighbourhood("::ffff:203.0.113.9") == "203.0.113.9"
    assert neighbourhood("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64"
    assert neighbourhood("fe80::1%eth0") == "fe80::/64"
    assert neighbourhood(None) == neighbourhood("nonsense") == "?"


def test_a_key_has_a_share_of_its_own(make: Make) -> None:
    app = make(FEW, keys=KEYS.get)
    assert statuses(app, 9, Authorization="Bearer good") == [200] * 8 + [429]
    assert statuses(app, 6) == [200] * 5 + [429], "the holder's address has lost nothing"


def test_a_key_for_something_else_is_403_and_an_unknown_one_401(make: Make) -> None:
    app = make(FEW, keys=KEYS.get)
    assert statuses(app, 1, Authorization="Bearer other") == [403]
    for wrong in ("Bearer wrong", "Basic good", "good", ""):
        answer = (
            make(FEW, keys=KEYS.get)
            .test_client()
            .post(API, json={"text": "x"}, base_url=BASE, headers={"Authorization": wrong})
        )
        assert (answer.status_code, answer.json["code"]) == (401, "verifier.key_not_good")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_guessing_keys_ends_after_a_few(make: Make) -> None:
    app = make(FEW, keys=KEYS.get)
    assert statuses(app, 5, Authorization="Bearer guess") == [401] * 3 + [429] * 2
    assert statuses(app, 1, Authorization="Bearer good") == [429], "from that address, for a minute"
    assert statuses(app, 1) == [200], "a check without a key goes on"


def test_limits_can_be_read_from_the_settings_and_nonsense_is_refused(tmp_path) -> None:
    from hallmark.errors import SettingsInvalid
    from hallmark.settings import settings_from

    def limits(**table: object) -> Rates:
        return settings_from(tmp_path, {"host": "verify.example", "limits": table}).rates

    assert limits() == Rates()
    assert limits(verify="7/hour") == Rates(verify="7/hour")
    for table in ({"verify": 7}, {"verify": "often"}, {"verify": "0/minute"}, {"nothing": "7/hour"}):
        with pytest.raises(SettingsInvalid):
            limits(**table)
