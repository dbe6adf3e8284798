"""Gives out status slots in contiguous runs, never twice, and tells whose a slot is."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, select, update

from registry.contract import SlotRun, Submission
from registry.refusals import BatchConflict, SlotNotReserved, SlotTaken
from registry.statuses import NO_EVENTS
from registry.statuslist import SLOTS, StatusArray
from registry.tables import SLOT_RUN, STATUS_LIST

# Statements are built once: building and compiling them costs more than SQLite needs to run them.
_RUNS = (
    select(SLOT_RUN.c.list, SLOT_RUN.c.first, SLOT_RUN.c.count)
    .where(SLOT_RUN.c.batch == bindparam("batch"))
    .order_by(SLOT_RUN.c.list, SLOT_RUN.c.first)
)
_NEWEST_LIST = select(STATUS_LIST.c.no, STATUS_LIST.c.used).order_by(STATUS_LIST.c.no.desc()).limit(1)
_USE = update(STATUS_LIST).where(STATUS_LIST.c.no == bindparam("list_no")).values(used=bindparam("now_used"))
_ADD_RUN, _ADD_LIST = insert(SLOT_RUN), insert(STATUS_LIST)


def reserve(connection: Connection, batch: str, count: int) -> list[SlotRun]:
    """Return the batch's runs, given out now or before. Raises BatchConflict when it was another count then."""
    runs = runs_of(connection, batch) or _give_out(connection, batch, count)
    if (reserved := sum(run.count for run in runs)) != count:
        raise BatchConflict(batch=batch, reserved=reserved, asked=count)
    return runs


def runs_of(connection: Connection, batch: str) -> list[SlotRun]:
    """Return the runs that a batch has reserved, at most one in each list."""
    return [SlotRun(*row) for row in connection.execute(_RUNS, {"batch": batch})]


def require_reserved(runs: Sequence[SlotRun], submissions: Sequence[Submission]) -> None:
    """Raise SlotNotReserved or SlotTaken unless each submission has a slot of these runs to itself."""
    reserved = {run.list: range(run.first, run.first + run.count) for run in runs}
    seen: set[tuple[int, int]] = set()
    for each in submissions:
        if each.index not in reserved.get(each.list, ()):
            raise SlotNotReserved(list=each.list, index=each.index)
        if (each.list, each.index) in seen:
            raise SlotTaken(list=each.list, index=each.index)
        seen.add((each.list, each.index))


def _give_out(connection: Connection, batch: str, count: int) -> list[SlotRun]:
    """Take the next free slots, opening a new list where the present one is used up."""
    number, used = connection.execute(_NEWEST_LIST).tuples().one_or_none() or (-1, SLOTS)
    runs = []
    while count:
        if used == SLOTS:
            number, used = number + 1, 0
            connection.execute(_ADD_LIST, _fresh_list(number))
        taken = min(count, SLOTS - used)
        connection.execute(_ADD_RUN, {"list": number, "first": used, "count": taken, "batch": batch})
        connection.execute(_USE, {"list_no": number, "now_used": used + taken})
        runs.append(SlotRun(number, used, taken))
        count, used = count - taken, used + taken
    return runs


def _fresh_list(number: int) -> dict[str, object]:
    array = StatusArray.fresh()
    row: dict[str, object] = {"no": number, "version": 0, "used": 0, "log_index": None}
    return row | {"array": bytes(array), "digest": array.digest, "events_root": NO_EVENTS}
