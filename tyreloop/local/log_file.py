"""Each program's log is kept in a file that cannot grow without end."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

KEPT_BYTES = 5_000_000  # and one older file of that size


def open_log(folder: Path, name: str) -> logging.Logger:
    """A log for lines that carry their own time already."""
    logger = logging.Logger(name)
    handler = RotatingFileHandler(
        folder / f"{name}.log", maxBytes=KEPT_BYTES, backupCount=1, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    return logger


def close_log(logger: logging.Logger) -> None:
    """Nothing more is written."""
    for handler in logger.handlers:
        handler.close()
