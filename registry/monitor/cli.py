"""`hallmark monitor`: follows a registry's log from outside and says what it should not have done."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final, Protocol

import click

from keys.roots import Roots
from registry.files import only_one
from registry.monitor.expected import Expected
from registry.monitor.memory import Memory
from registry.monitor.refusals import ExpectedInvalid, SourceUnreachable
from registry.monitor.sources import Source, WebSource, open_source
from registry.monitor.visit_words import told
from registry.monitor.watch import Orders, Report, visit
from registry.monitor.watched import Watched
from registry.note import NoteKey
from registry.replay import Finding
from registry.witnesses.known import known_log

CLEAN, FINDINGS, CANNOT_SAY = 0, 1, 2
_MAX_EXPECTED: Final = 512 << 20


class Desk(Protocol):
    """The part of the house, or of the machine without one, that this command uses."""

    @property
    def clock(self) -> Callable[[], int]:
        """UNIX seconds now."""
        ...

    def trusted_roots(self, file: Path | None = None) -> Roots:
        """The root of trust in `file`, else the house's own; raises when there is none."""
        ...


@click.command("monitor")
@click.argument("where", metavar="URL|FOLDER")
@click.option("--roots", "roots_file", type=click.Path(path_type=Path), help="信任根文件。The root of trust.")
@click.option(
    "--log-vkey", "log_vkeys", multiple=True, metavar="VKEY", help="只凭日志公钥(可多次)。The log's vkeys alone."
)
@click.option(
    "--witness-vkey", "witness_vkeys", multiple=True, metavar="VKEY", help="见证人公钥(可多次)。Witnesses' vkeys."
)
@click.option(
    "--witnesses", "threshold", type=click.IntRange(0, 64), default=0, help="至少几家见证。How many must cosign."
)
@click.option(
    "--ask",
    "asked",
    multiple=True,
    metavar="URL",
    help="见证人的查询地址,核对其所见(可多次)。Witnesses to compare with.",
)
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), help="记忆所在文件夹。Where to remember.")
@click.option("--issuer", metavar="CODE", help="代为监看的机关(统一社会信用代码)。The body to watch for.")
@click.option("--expect", type=click.Path(path_type=Path, dir_okay=False), help="该机关已知的事实。What it has done.")
@click.option(
    "--stale-after", type=click.IntRange(60), default=86_400, show_default=True, help="检查点多旧算过期(秒)。Seconds."
)
@click.option("--every", type=click.IntRange(1, 86_400), help="每隔若干秒重复。Repeat every so many seconds.")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON 行。Print JSON lines.")
@click.pass_obj
def monitor(desk: Desk, /, where: str, **options: Any) -> None:
    """监看一家登记簿:只增不改、无分叉、无人冒名。Follow a registry's log: append-only, one history, nothing in your name.

    \b
    退出码 Exit status: 0 无异常 clean, 1 有发现 findings, 2 无法判断 cannot say (unreachable).
    \b
    例 Examples:
      hallmark monitor https://registry.example/registry --roots roots.json --state watch
      hallmark monitor https://registry.example/registry --roots roots.json --state watch --issuer 12310000425006790X --expect mine.txt
      hallmark monitor public --log-vkey verify.example/registry+1f2e3d4c+AQ… --json
    """
    source, watching = open_source(where), _Watching(desk, options)
    status = watching.once(source)
    while options["every"] is not None:
        time.sleep(options["every"])
        status = watching.once(source)
    sys.exit(status)


class _Watching:
    """One run of the command, of one visit or of many."""

    def __init__(self, desk: Desk, options: dict[str, Any]) -> None:
        self._clock = desk.clock
        self._options = options
        self._folder: Path | None = options["state"]
        witnesses = tuple((url, WebSource(url)) for url in options["asked"])
        self._orders = Orders(_watched(desk, options), options["stale_after"], options["issuer"], witnesses)
        self._memory: Memory | None = None
        self._expected()  # a file that cannot be read is said before the log is

    def once(self, source: Source) -> int:
        """Visit once, tell what was found, return the exit status."""
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        with only_one(self._folder / ".lock") if self._folder else nullcontext():
            if self._folder is not None or self._memory is None:
                self._memory = Memory.opened(self._folder, self._orders.watched.log.origin)
            now = self._clock()
            try:
                report = visit(source, self._orders, self._memory, self._expected(), now)
            except SourceUnreachable as gap:
                self._tell([Finding(gap.code, gap.params)], "unreachable")
                return CANNOT_SAY
            self._memory.note_findings(report.findings, now)
        self._tell_report(report)
        return FINDINGS if report.findings else CLEAN

    def _expected(self) -> Expected | None:
        file: Path | None = self._options["expect"]
        if file is None:
            return None
        with file.open("rb") as opened:
            data = opened.read(_MAX_EXPECTED + 1)
        try:
            return Expected.from_text(data.decode("ascii"))
        except UnicodeDecodeError:
            raise ExpectedInvalid(line=0) from None

    def _tell_report(self, report: Report) -> None:
        self._tell(report.notices, "notice")
        self._tell(report.findings, "finding")
        done = Finding("monitor.done", {"size": report.size, "findings": len(report.findings)})
        self._tell([done], "done")

    def _tell(self, findings: Sequence[Finding], kind: str) -> None:
        for each in findings:
            if self._options["as_json"]:
                click.echo(json.dumps({"kind": kind, "code": each.code, **each.params}, ensure_ascii=False))
            else:
                click.echo(told(each, loud=kind == "finding"))


def _watched(desk: Desk, options: dict[str, Any]) -> Watched:
    threshold: int = options["threshold"]
    if not options["log_vkeys"]:
        return Watched.of_roots(desk.trusted_roots(options["roots_file"]), threshold)
    if options["roots_file"] is not None:
        raise click.UsageError("--roots 与 --log-vkey 只能给出一种 · give --roots or --log-vkey, not both")
    witnesses = [NoteKey.from_vkey(each) for each in options["witness_vkeys"]]
    return Watched.of_keys(known_log(options["log_vkeys"], origin=None, require_ml_dsa=None), witnesses, threshold)
