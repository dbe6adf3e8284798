"""No key ever signs outside its window or its state."""

import pytest

from keys.algorithms import Algorithm
from keys.errors import KeyExpired, KeyNotActive, KeyNotYetOpen, KeysError, RecordInvalid, TransitionNotAllowed
from keys.rotation import GuardedSigner, KeyRecord, KeyState, Purpose
from keys.signer import SoftwareSigner

_SIGNER = SoftwareSigner.from_seed(Algorithm.ES256, b"rotation")
_DAY = 86400
_OPENS, _CLOSES = 1_000_000, 1_000_000 + 100 * _DAY


def _record(state: KeyState = KeyState.ACTIVE, closes_at: int | None = _CLOSES) -> KeyRecord:
    return KeyRecord("seal", Purpose.CREDENTIAL, _SIGNER.public_key, state, _OPENS, closes_at)


@pytest.mark.parametrize(
    ("now", "refusal"),
    [
        (0, KeyNotYetOpen),
        (_OPENS - 1, KeyNotYetOpen),
        (_OPENS, None),
        (_CLOSES - 1, None),
        (_CLOSES, KeyExpired),
        (_CLOSES + 1, KeyExpired),
    ],
)
def test_the_window_is_half_open(now: int, refusal: type[KeysError] | None) -> None:
    guarded = GuardedSigner(_SIGNER, _record(), lambda: now)
    if refusal is None:
        _SIGNER.public_key.verify(guarded.sign(b"x"), b"x")
        return
    with pytest.raises(refusal):
        guarded.sign(b"x")


@pytest.mark.parametrize("state", [KeyState.STAGED, KeyState.RETIRED, KeyState.COMPROMISED])
def test_only_an_active_key_signs(state: KeyState) -> None:
    with pytest.raises(KeyNotActive) as caught:
        GuardedSigner(_SIGNER, _record(state), lambda: _OPENS).sign(b"x")
    assert caught.value.params == {"name": "seal", "state": state.value}


def test_the_clock_is_asked_every_time() -> None:
    now = [_OPENS]
    guarded = GuardedSigner(_SIGNER, _record(), lambda: now[0])
    guarded.sign(b"x")
    now[0] = _CLOSES
    with pytest.raises(KeyExpired):
        guarded.sign(b"x")


def test_the_record_is_asked_every_time() -> None:
    present = [_record()]
    guarded = GuardedSigner(_SIGNER, lambda: present[0], lambda: _OPENS)
    guarded.sign(b"x")
    present[0] = present[0].moved(KeyState.COMPROMISED, _OPENS)
    assert guarded.record.state is KeyState.COMPROMISED
    with pytest.raises(KeyNotActive):
        guarded.sign(b"x")


def test_a_record_of_another_key_guards_nothing() -> None:
    with pytest.raises(RecordInvalid):
        GuardedSigner(SoftwareSigner.from_seed(Algorithm.ES256, b"other"), _record(), lambda: _OPENS)


def test_the_legal_moves_and_no_others() -> None:
    legal = {
        (KeyState.STAGED, KeyState.ACTIVE), (KeyState.STAGED, KeyState.RETIRED), (KeyState.STAGED, KeyState.COMPROMISED),
        (KeyState.ACTIVE, KeyState.RETIRED), (KeyState.ACTIVE, KeyState.COMPROMISED), (KeyState.RETIRED, KeyState.COMPROMISED),
    }  # fmt: skip
    for state in KeyState:
        for to in KeyState:
            if (state, to) in legal:
                assert _record(state).moved(to, _OPENS + 5).state is to
            else:
                with pytest.raises(TransitionNotAllowed):
                    _record(state).moved(to, _OPENS + 5)


def test_leaving_service_closes_the_window_and_never_reopens_it() -> None:
    assert _record(closes_at=None).moved(KeyState.RETIRED, _OPENS + 5).closes_at == _OPENS + 5
    assert _record().moved(KeyState.RETIRED, _OPENS + 5).closes_at == _OPENS + 5
    assert _record().moved(KeyState.RETIRED, _CLOSES + 5).closes_at == _CLOSES
    assert _record(KeyState.STAGED).moved(KeyState.RETIRED, 5).closes_at == _OPENS
    retired = _record().moved(KeyState.RETIRED, _OPENS + 5)
    assert retired.moved(KeyState.COMPROMISED, _CLOSES).closes_at == _OPENS + 5


def test_a_window_cannot_run_backwards() -> None:
    with pytest.raises(RecordInvalid):
        _record(closes_at=_OPENS - 1)
    with pytest.raises(RecordInvalid):
        KeyRecord("seal", Purpose.LOG, _SIGNER.public_key, KeyState.ACTIVE, -1)


@pytest.mark.parametrize(
    ("days", "warning"),
    [(100, None), (61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (1, 7), (0, 7), (-3, 7)],
)
def test_warnings_at_60_30_and_7_days(days: int, warning: int | None) -> None:
    now = _CLOSES - days * _DAY
    assert _record().days_left(now) == max(0, days)
    assert _record().warning(now) == warning
    assert _record(KeyState.RETIRED).warning(now) is None


def test_no_end_no_warning() -> None:
    assert _record(closes_at=None).days_left(_OPENS) is None
    assert _record(closes_at=None).warning(_OPENS) is None
