"""The demo's last page: the same facts as summary.json, as tables on the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def show(console: Console, summary: Mapping[str, Any]) -> None:
    """Print the tables, and every difference between expected and obtained in red."""
    console.print(_files(summary))
    for line in _reasons(summary):
        console.print(line, highlight=False, markup=False)
    console.print(_verdicts(summary))
    for answer in summary["as_of"]:
        console.print(f"  {answer['number']} {answer['day']}: {answer['obtained']}", highlight=False)
    sample = summary["standard_sample"]
    console.print(
        f"标准样张 standard sample: QR version {sample['qr_version']}-{sample['level']}, "
        f"body {sample['body_bytes']} bytes, COSE {sample['cose_bytes']} bytes",
        highlight=False,
    )
    for kind, path in summary["certificates"].items():
        console.print(f"  {kind}: {path}", highlight=False, markup=False)
    for failure in summary["failures"]:
        console.print(f"✗ {failure}", style="bold red", markup=False)
    if not summary["failures"]:
        console.print("✓ 所有答案与预期一致 every answer was the expected one", style="bold green")


def _files(summary: Mapping[str, Any]) -> Table:
    table = Table(title="导入 Import", title_justify="left")
    table.add_column("文件 file", no_wrap=True)
    for heading in ("读入\nread", "签发\nissued", "退回\nrefused", "不发证\nnot due"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in [*summary["files"], {**summary["dry_run"], "issued": "—"}]:
        table.add_row(row["file"], *(str(row[name]) for name in ("read", "issued", "refused", "not_due")))
    return table


def _reasons(summary: Mapping[str, Any]) -> Iterator[str]:
    """Why rows were refused, by file and code, and where the row-by-row report lies."""
    for row in [*summary["files"], summary["dry_run"]]:
        if row["reasons"]:
            yield f"{row['file']} 未发证 no certificate, 逐行报告 row by row: {row['report']}"
            yield from (f"  {count} × {code}" for code, count in row["reasons"].items())


def _verdicts(summary: Mapping[str, Any]) -> Table:
    table = Table(title="每种结论一例 One example of every verdict", title_justify="left")
    table.add_column("文件 file (verdicts/)", no_wrap=True)
    table.add_column("预期 expected", no_wrap=True)
    table.add_column("所得\nobtained", no_wrap=True, justify="center")
    for row in summary["verdicts"]:
        if row["obtained"] is None:
            table.add_row("(以后 later)", row["expected"], "—")
        else:
            told = "✓" if row["obtained"] == row["expected"] else f"✗ {row['obtained']}"
            table.add_row(row["file"].removeprefix("verdicts/"), row["expected"], told)
    return table
