"""Runs the `hallmark` command: in this process for speed, as a process of its own where that matters."""

import contextlib
import gc
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from hallmark.cli import main

PASSPHRASE = "canary-passphrase-7731"
PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit status and both outputs."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> list[str]:
        """The lines on standard error."""
        return self.err.splitlines()

    def refused(self, status: int = 65) -> list[str]:
        """Assert that the command refused with one Chinese and one English sentence and no trace; return both."""
        assert self.status == status, self
        assert "Traceback" not in self.err
        assert len(self.said) == 2, self.err
        chinese, english = self.said
        assert has_han(chinese), chinese
        assert not has_han(english.replace("“", "").split("“")[0][:20]), english
        for sentence in self.said:
            assert "{" not in sentence, sentence
            assert len(sentence) > 10
        return self.said

    def fine(self) -> "Ran":
        """Assert that all went well and nothing was said on standard error."""
        assert (self.status, self.err) == (0, ""), self
        return self


def has_han(text: str) -> bool:
    """Whether a Chinese character stands in `text`."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


class _Input(io.TextIOWrapper):
    """Standard input over given bytes."""


def run(home: Path | None, *arguments: object, stdin: bytes = b"") -> Ran:
    """Run one command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    whole = [*(["--home", str(home)] if home else []), *map(str, arguments)]
    status: int | str | None = 0
    before, sys.stdin = sys.stdin, _Input(io.BytesIO(stdin))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(whole)
    except SystemExit as end:
        status = end.code
    finally:
        sys.stdin = before
        gc.unfreeze()  # the command freezes what is loaded, once for its short life; this process lives on
    assert isinstance(status, int)
    return Ran(status, out.getvalue(), err.getvalue())


def run_process(home: Path | None, *arguments: object, stdin: bytes = b"", cwd: Path | None = None, **env: str) -> Ran:
    """Run the installed command as its user does."""
    command = [str(Path(sys.executable).with_name("hallmark")), *(["--home", str(home)] if home else [])]
    done = subprocess.run(
        [*command, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=environment() | env,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def environment() -> dict[str, str]:
    """A child's environment, with the passphrase."""
    return os.environ | {"HALLMARK_KEY_PASSPHRASE": PASSPHRASE, "PYTHONPATH": str(PROJECT), "COLUMNS": "100"}
