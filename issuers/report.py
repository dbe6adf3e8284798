"""Tells an office what became of its rows: the whole table sent back with a verdict on each, counts, and plain lines."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final

from issuers.columns import EXPLANATION_EN, EXPLANATION_ZH, REPORT_COLUMNS, RESULT, ROW
from issuers.rows import CheckedRow, CheckedSheet, Outcome
from web.messages import say
from web.sheets.sheet import Note, Severity
from web.sheets.writing import write_table

EXAMPLES: Final = 5


@dataclass(slots=True)
class CodeCount:
    """How often a note was left on a column, how grave it is, and the first rows that have it."""

    note: Note
    count: int = 0
    rows: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over an import: rows by outcome, notes by column and code (refusals first, then by frequency)."""

    outcomes: Mapping[Outcome, int]
    codes: tuple[CodeCount, ...]
    notes: tuple[Note, ...] = ()

    @property
    def total(self) -> int:
        """How many rows were judged."""
        return sum(self.outcomes.values())


def summary(checked: Iterable[CheckedRow]) -> Summary:
    """Count outcomes and notes; takes the rows as they stream and keeps none of them."""
    outcomes: Counter[Outcome] = Counter()
    codes: dict[tuple[str, str], CodeCount] = {}
    for row in checked:
        outcomes[row.outcome] += 1
        for note in row.notes:
            counted = codes.setdefault((note.column, note.code), CodeCount(note))
            counted.count += 1
            if len(counted.rows) < EXAMPLES:
                counted.rows.append(row.number)
    order = list(Severity)
    ranked = sorted(codes.values(), key=lambda each: (order.index(each.note.severity), -each.count))
    notes = checked.notes if isinstance(checked, CheckedSheet) else ()
    return Summary({outcome: outcomes[outcome] for outcome in Outcome}, tuple(ranked), notes)


def write_report(checked: Iterable[CheckedRow], path: Path) -> None:
    """Write every row as it came in with its result and reasons in Chinese and English, as XLSX or CSV by `path`'s name.

    The office corrects it and sends it in again: our columns are known to the importer and passed over. Cells are safe
    from formulas. Raises what `write_table` raises, and from a streaming `checked` what reading raises.
    """
    rows = iter(checked)
    first = next(rows, None)
    columns = _columns(checked, first)
    table = (_line(row, columns) for row in chain([] if first is None else [first], rows))
    write_table(path, (*columns, *REPORT_COLUMNS), table)


def _columns(checked: Iterable[CheckedRow], first: CheckedRow | None) -> tuple[str, ...]:
    if isinstance(checked, CheckedSheet):
        written: Sequence[str] = checked.columns
    else:
        written = tuple(first.raw.cells) if first is not None else ()
    return tuple(name for name in written if name not in REPORT_COLUMNS)


def _line(row: CheckedRow, columns: Sequence[str]) -> list[str]:
    told = {
        ROW: str(row.number),
        RESULT: f"{outcome_text(row.outcome, 'zh')}/{outcome_text(row.outcome, 'en')}",
        EXPLANATION_ZH: explanation(row, "zh"),
        EXPLANATION_EN: explanation(row, "en"),
    }
    return [row.raw.cells.get(name, "") for name in columns] + [told[name] for name in REPORT_COLUMNS]


def outcome_text(outcome: Outcome, lang: str) -> str:
    """Return 通过/退回/不发证, or the English words."""
    return say(f"issuers.outcome_{outcome.value}", lang)


def explanation(row: CheckedRow, lang: str) -> str:
    """Return all remarks on a row as one text, refusals first; "" for a row without remarks."""
    order = list(Severity)
    notes = sorted(row.notes, key=lambda note: order.index(note.severity))
    return ("" if lang == "zh" else " ").join(note_text(note, lang) for note in notes)


def note_text(note: Note, lang: str, *, blank_column: str = "issuers.whole_row") -> str:
    """Return the sentence of one note with its column before it."""
    column = note.column or say(blank_column, lang)
    return say(f"issuers.note_{note.severity.value}", lang, column=column, sentence=say(note.code, lang, **note.params))


def row_line(row: CheckedRow, lang: str) -> str:
    """Return one line for the terminal: row number, outcome, remarks."""
    told = explanation(row, lang)
    return say(
        "issuers.row_line", lang, row=row.number, outcome=outcome_text(row.outcome, lang), explanation=told
    ).rstrip()


def summary_lines(counted: Summary, lang: str) -> Iterator[str]:
    """Yield lines for the terminal: the totals, notes on the file, then each kind of remark with its first rows."""
    totals = {outcome.value: counted.outcomes[outcome] for outcome in Outcome}
    yield say("issuers.summary_total", lang, total=counted.total, **totals)
    for note in counted.notes:
        yield note_text(note, lang, blank_column="issuers.whole_file")
    for each in counted.codes:
        rows = ("、" if lang == "zh" else ", ").join(map(str, each.rows))
        shown = say("issuers.summary_more" if each.count > len(each.rows) else "issuers.summary_rows", lang, rows=rows)
        yield say("issuers.summary_code", lang, count=each.count, note=note_text(each.note, lang), rows=shown)
