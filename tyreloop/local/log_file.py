"""Each program's log is kept in a file that cannot grow without end."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

KEPT_BYTES = 5_000_000  # and one older file of that size


class ForgivingFile(RotatingFileHandler):
    """A full disk costs us some lines, never the stack."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        """Go on without this line."""


def open_log(folder: Path, name: str) -> logging.Logger:
    """A log for lines that carry their own time already."""
    logger = logging.Logger(name)
    file = folder / f"{name}.log"
    handler = ForgivingFile(file, maxBytes=KEPT_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    return logger


def close_log(logger: logging.Logger) -> None:
    """Nothing more is written."""
    for handler in logger.handlers:
        handler.close()
