"""Log lines as JSON, one object a line: what a machine reads. What must not be logged is kept out where it is logged."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

FIELDS: Final = "fields"
"""The attribute of a record that holds its members, where it has any."""


class JsonLines(logging.Formatter):
    """Writes time (UTC), level, logger, and the record's own members or else its message; an exception by its place only."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": moment, "level": record.levelname.lower(), "log": record.name}
        told = getattr(record, FIELDS, None)
        line |= told if isinstance(told, dict) else {"message": record.getMessage()}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__qualname__
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr() -> None:
    """Write the house's own log to standard error as JSON lines, once for each process."""
    log = logging.getLogger("hallmark")
    if log.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


SERVER_LOG: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "root": {"level": "WARNING", "handlers": []},
    "formatters": {"json": {"()": "web.jsonlog.JsonLines"}},
    "handlers": {"json": {"formatter": "json", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}},
    "loggers": {"_granian": {"handlers": ["json"], "level": "INFO", "propagate": False}},
}
"""The same for the web server's own lines."""
