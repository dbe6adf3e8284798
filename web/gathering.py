"""Combines what concurrent callers ask for into one piece of work: whoever waits together is served together.

There is no thread of its own and no delay: the first caller works at once for himself, and whoever comes meanwhile is served
by the next round, which one of them works. Each caller gets his own answer or his own error.
"""

from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class _Ticket(Generic[Asked, Answer]):
    """One caller's question and, once `done`, its answer."""

    __slots__ = ("answer", "asked", "done", "wake")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answer: Answer | BaseException | None = None
        self.done = False
        self.wake = Event()


class Gathering(Generic[Asked, Answer]):
    """Calls `work` with everything that waits, at most `limit` at a time and never twice at once.

    `work` returns one answer for each thing asked, in the same order; an exception among them is raised to its own caller,
    one that `work` itself raises to every caller of that round. `interrupted` makes the error for those whose worker was
    taken away (KeyboardInterrupt in another thread): whether their work was done is not known, so they must ask again.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Asked]], Sequence[Answer | Exception]],
        *,
        limit: int,
        interrupted: Callable[[], Exception],
    ) -> None:
        self._work = work
        self._limit = limit
        self._interrupted = interrupted
        self._lock = Lock()
        self._waiting: list[_Ticket[Asked, Answer]] = []
        self._at_work = False

    def ask(self, asked: Asked) -> Answer:
        """Return the answer to `asked`, or raise its error; returns when the round that held it has ended."""
        ticket: _Ticket[Asked, Answer] = _Ticket(asked)
        with self._lock:
            self._waiting.append(ticket)
            waits, self._at_work = self._at_work, True
        if waits:
            self._wait(ticket)
        if not ticket.done:
            self._work_a_round()
        if isinstance(ticket.answer, BaseException):
            raise ticket.answer
        return ticket.answer  # type: ignore[return-value]  # done: it is an Answer

    def _wait(self, ticket: _Ticket[Asked, Answer]) -> None:
        try:
            ticket.wake.wait()
        except BaseException:  # this thread is taken away: it must not be given a round that it will never work
            with self._lock:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
            if ticket.wake.is_set() and not ticket.done:
                self._hand_over()
            raise

    def _work_a_round(self) -> None:
        with self._lock:
            mine, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
        try:
            self._answer(mine)
        finally:
            for ticket in mine:
                if not ticket.done:
                    ticket.answer, ticket.done = self._interrupted(), True
            self._hand_over()
            for ticket in mine:
                ticket.wake.set()

    def _answer(self, mine: Sequence[_Ticket[Asked, Answer]]) -> None:
        try:
            answers: Sequence[Answer | Exception] = self._work([ticket.asked for ticket in mine])
        except Exception as error:  # noqa: BLE001 - it is every caller's of this round, and each raises it
            answers = [error] * len(mine)
        for ticket, answer in zip(mine, answers, strict=True):
            ticket.answer, ticket.done = answer, True

    def _hand_over(self) -> None:
        """Let the first of those who wait work the next round."""
        with self._lock:
            if self._waiting:
                self._waiting[0].wake.set()
            else:
                self._at_work = False
