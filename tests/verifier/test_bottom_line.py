"""The rule over the findings: the first FAIL in step order, else UNKNOWN, and valid only when every step said PASS."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier.verdict import EXIT_STATUS, Finding, Outcome, Result, Step, Verdict, bottom_line

NOT_VALID = [result for result in Result if EXIT_STATUS[result] == 1]
ALWAYS = [step for step in Step if step is not Step.COPY]
passes = st.builds(Finding, st.sampled_from(Step), st.just(Outcome.PASS), st.just("check.read"))
unknowns = st.builds(
    Finding,
    st.sampled_from(Step),
    st.just(Outcome.UNKNOWN),
    st.sampled_from(["check.log_evidence_absent", "check.log_pending", "check.status_stale"]),
)
fails = st.builds(
    Finding,
    st.sampled_from(Step),
    st.just(Outcome.FAIL),
    st.just("check.expired"),
    st.just({}),
    st.sampled_from(NOT_VALID),
)
anything = st.lists(st.one_of(passes, unknowns, fails), max_size=14)


def all_passed() -> list[Finding]:
    return [Finding(step, Outcome.PASS, "check.read") for step in Step]


def test_nothing_found_is_not_checkable_now() -> None:
    assert bottom_line([]) is Result.NOT_CHECKABLE_NOW
    assert Verdict(bottom_line([])).exit_status == 2


def test_every_step_passed_is_valid_with_or_without_the_step_for_copies() -> None:
    assert bottom_line(all_passed()) is Result.GENUINE_VALID
    assert bottom_line(all_passed()[:-1]) is Result.GENUINE_VALID
    assert bottom_line(all_passed()[::-1]) is Result.GENUINE_VALID


@pytest.mark.parametrize("silent", ALWAYS, ids=lambda step: step.name)
def test_a_step_that_said_nothing_is_never_taken_for_a_pass(silent: Step) -> None:
    assert bottom_line([one for one in all_passed() if one.step is not silent]) is Result.NOT_CHECKABLE_NOW


@pytest.mark.parametrize("step", Step, ids=lambda step: step.name)
def test_one_unknown_takes_the_green_away_even_beside_a_pass_of_its_own_step(step: Step) -> None:
    doubt = Finding(step, Outcome.UNKNOWN, "check.status_stale")
    assert bottom_line([*all_passed(), doubt]) is Result.NOT_CHECKABLE_NOW
    assert bottom_line([doubt if one.step is step else one for one in all_passed()]) is Result.NOT_CHECKABLE_NOW


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("check.log_evidence_absent", Result.GENUINE_UNCONFIRMED),
        ("check.log_evidence_rejected", Result.NOT_CHECKABLE_NOW),
        ("check.log_pending", Result.NOT_CHECKABLE_NOW),
    ],
)
def test_amber_is_for_absent_log_evidence_alone(code: str, expected: Result) -> None:
    doubt = Finding(Step.LOGGED, Outcome.UNKNOWN, code)
    found = [doubt if one.step is Step.LOGGED else one for one in all_passed()]
    assert bottom_line(found) is expected
    assert bottom_line([*found, Finding(Step.STATUS, Outcome.UNKNOWN, code)]) is Result.NOT_CHECKABLE_NOW
    assert bottom_line([one for one in found if one.step is not Step.DATES]) is Result.NOT_CHECKABLE_NOW


@settings(max_examples=400, deadline=None)
@given(anything)
def test_valid_means_that_all_passed_and_nothing_else_was_said(found: list[Finding]) -> None:
    said = {one.step for one in found}
    fine = all(one.outcome is Outcome.PASS for one in found) and said.issuperset(ALWAYS)
    assert (bottom_line(found) is Result.GENUINE_VALID) == fine


@settings(max_examples=400, deadline=None)
@given(st.lists(passes, max_size=14), st.randoms(use_true_random=False))
def test_passes_alone_are_valid_or_not_checkable(found: list[Finding], random: object) -> None:
    whole = [*all_passed(), *found]
    random.shuffle(whole)  # type: ignore[attr-defined]  # a random.Random
    assert bottom_line(whole) is Result.GENUINE_VALID
    assert bottom_line(found) in {Result.GENUINE_VALID, Result.NOT_CHECKABLE_NOW}


@settings(max_examples=400, deadline=None)
@given(anything, fails, st.randoms(use_true_random=False))
def test_the_first_fail_in_step_order_wins_whatever_else_was_found(
    found: list[Finding], failed: Finding, random: object
) -> None:
    found = [*found, failed]
    first = min((one for one in found if one.outcome is Outcome.FAIL), key=lambda one: one.step)
    others = [one for one in found if one.outcome is not Outcome.FAIL or one.step > first.step]
    whole = [*others, first]
    random.shuffle(whole)  # type: ignore[attr-defined]  # a random.Random
    assert bottom_line(whole) is first.result


@settings(max_examples=200, deadline=None)
@given(anything)
def test_more_evidence_of_the_same_kind_changes_nothing(found: list[Finding]) -> None:
    assert bottom_line(found + found) is bottom_line(found)


def test_a_fail_without_a_name_is_no_accusation() -> None:
    nameless = Finding(Step.DATES, Outcome.FAIL, "check.expired")
    assert bottom_line([*all_passed(), nameless]) is Result.NOT_CHECKABLE_NOW
    assert bottom_line([*all_passed(), replace(nameless, result=Result.ALTERED)]) is Result.ALTERED


def test_every_result_has_an_exit_status_and_only_valid_has_zero() -> None:
    assert set(EXIT_STATUS) == set(Result)
    assert [result for result, status in EXIT_STATUS.items() if status == 0] == [Result.GENUINE_VALID]
    assert [result for result, status in EXIT_STATUS.items() if status == 3] == [Result.UNREADABLE]
    for result in Result:
        assert Verdict(result).exit_status == EXIT_STATUS[result] == Verdict(result).to_json()["exit"]
