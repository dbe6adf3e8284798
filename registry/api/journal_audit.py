"""Holds the journal against the registry's other rows: its chain is whole, and every batch of a client has its one row.

So a row that was changed, taken out or cut off the end shows, and so does a batch that was logged past the journal.
"""

from typing import Final

from sqlalchemy import Connection, Table, select

from registry.api import journal
from registry.api.refusals import JournalBroken
from registry.replay import Replay
from registry.tables import APPEND_BATCH, CHANGE_BATCH

OWN: Final = "api:"
"""How the batch ids of clients begin; see registry.api.desk."""
_NAMED: Final = 20


def audit_journal(connection: Connection, replay: Replay) -> None:
    """Note every disagreement between the journal and the batches."""
    told: dict[tuple[str, str], str] = {}
    try:
        for line in journal.lines(connection):
            told[line.act, f"{OWN}{line.actor}:{line.subject}"] = line.result
    except JournalBroken as broken:
        replay.find("journal_row", seq=broken.params["seq"])
        return
    for act, table in (("append", APPEND_BATCH), ("change", CHANGE_BATCH)):
        done = _batches(connection, table)
        known = {batch: result for (what, batch), result in told.items() if what == act}
        differing = sorted(batch for batch in done.keys() | known.keys() if done.get(batch) != known.get(batch))
        for batch in differing[:_NAMED]:
            replay.find("journal_differs", act=act, batch=batch)


def _batches(connection: Connection, table: Table) -> dict[str, str]:
    rows = connection.execute(select(table.c.batch, table.c.first_index, table.c.count))
    return {batch: f"log {first}+{count}" for batch, first, count in rows if batch.startswith(OWN)}
