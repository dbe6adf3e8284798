"""The demo's last page: the same facts as summary.json, as tables on the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def show(console: Console, summary: Mapping[str, Any]) -> None:
    """Print the tables, and every difference between expected and obtained in red."""
    console.print(_files(summary))
    console.print(_verdicts(summary))
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
    for heading in ("文件 file", "行 read", "签发 issued", "拒绝 refused", "不发证 not due", "原因 reasons"):
        table.add_column(heading)
    for row in [*summary["files"], {**summary["dry_run"], "issued": "仅检查 dry run"}]:
        reasons = ", ".join(f"{code} {count}" for code, count in row["reasons"].items())
        table.add_row(
            row["file"], str(row["read"]), str(row["issued"]), str(row["refused"]), str(row["not_due"]), reasons
        )
    return table


def _verdicts(summary: Mapping[str, Any]) -> Table:
    table = Table(title="每种结论一例 One example of every verdict", title_justify="left")
    for heading in ("结论 result", "文件 file", "离线包 bundle", "预期 expected", "所得 obtained"):
        table.add_column(heading)
    for row in summary["verdicts"]:
        if row["obtained"] is None:
            table.add_row(row["result"], "以后 later", "", row["expected"], "—")
        else:
            mark = "✓" if row["obtained"] == row["expected"] else "✗"
            told = f"{mark} {row['obtained']}" + (f" ({row['reason']})" if row["reason"] else "")
            table.add_row(row["result"], row["file"], row["bundle"], row["expected"], told)
    return table
