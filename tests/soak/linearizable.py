"""Decides whether a history of overlapping calls can be put into one order that explains every answer (Wing and Gong 1993).

A call took effect at one moment between its beginning and its end; a call whose answer was lost may have taken effect at any
moment after its beginning, or never. The search remembers (calls done, state) and so meets no configuration twice (Lowe 2017).
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any


@dataclass(frozen=True)
class Call:
    """One call: what was asked, what was answered, when it began and ended; `ended` is inf where no answer came."""

    asked: tuple[Any, ...]
    answered: Any
    began: float
    ended: float = inf


Step = Callable[[Any, Call], Hashable]
"""(state, call) -> the state after it, or IMPOSSIBLE where this answer cannot be given in this state."""

IMPOSSIBLE = object()


def is_linearizable(history: Sequence[Call], step: Step, state: Hashable) -> bool:
    """Whether one order of the calls explains all answers and keeps to the clock."""
    calls = sorted(history, key=lambda call: call.began)
    everything = sum(1 << place for place, call in enumerate(calls) if call.ended < inf)
    seen: set[tuple[int, Hashable]] = set()
    waiting = [(0, state)]
    while waiting:
        done, state = waiting.pop()
        if done & everything == everything:
            return True
        left = [place for place in range(len(calls)) if not done >> place & 1]
        first_end = min(calls[place].ended for place in left)
        for place in left:
            if calls[place].began > first_end:
                break  # whoever began after another's end comes after him
            after = step(state, calls[place])
            if after is not IMPOSSIBLE and (reached := (done | 1 << place, after)) not in seen:
                seen.add(reached)
                waiting.append(reached)
    return False
