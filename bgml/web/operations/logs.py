"""What the service writes to stderr: one JSON object a line, or plain lines on a terminal."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any


class JsonLines(logging.Formatter):
    """A record as one JSON object: at, level, logger, message, what "facts" holds, and the traceback of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        told |= getattr(record, "facts", {})
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


class Plain(logging.Formatter):
    """A record as a line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback of an error."""
        facts = getattr(record, "facts", None)
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        said = record.getMessage()
        if facts:
            who = f" {facts['who']}" if facts["who"] else ""
            said = f"{facts['method']} {facts['path']} {facts['status']} {facts['ms']:.0f} ms{who}"
        return f"{at} {said}" + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")


def configuration(level: str = "INFO") -> dict[str, Any]:
    """The logging of a service, for `logging.config.dictConfig`."""
    formatter = "plain" if sys.stderr.isatty() else "json"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLines}, "plain": {"()": Plain}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": formatter, "stream": "ext://sys.stderr"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {"bgml": {"level": level}, "uvicorn.error": {"level": level}},
    }
