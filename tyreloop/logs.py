"""Structured logs: one line an event, the request's id in each, ours and the libraries' alike."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from tyreloop.settings import Settings

# Local variables in a stack trace would carry photos and passwords into the log.
WITHOUT_LOCALS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure_logs(settings: Settings, *, service: str) -> None:
    """Write every log line of this process to stdout, as JSON for machines or as text for people."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_service(service),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_formatter(shared, as_json=settings.log_format == "json"))
    logging.basicConfig(handlers=[handler], level=settings.log_level, force=True)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)  # its retries; we say what failed


def _name_service(service: str) -> Any:
    def add(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event["service"] = service
        return event

    return add


def _formatter(shared: list[Any], *, as_json: bool) -> logging.Formatter:
    last: list[Any] = (
        [WITHOUT_LOCALS, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
