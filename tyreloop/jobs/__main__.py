"""`python -m tyreloop.jobs`: runs the schedule until told to stop, as `tyreloop jobs schedule` does."""

from __future__ import annotations

import signal
from datetime import datetime
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

from tyreloop.jobs.run import job_tools
from tyreloop.jobs.schedule import CRONTAB, Runner, read_schedule
from tyreloop.logs import configure_logs
from tyreloop.settings import Settings, settings


def serve_schedule(given: Settings, file: Path = CRONTAB) -> None:
    """Run jobs when their time comes, until told to stop; a database that is away is no reason to end."""
    configure_logs(given, service="jobs")
    lines = read_schedule(file.read_text(encoding="utf-8"))
    stop = Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    with job_tools(given) as tools:
        Runner(lines, tools).run(stop, now=datetime.now(ZoneInfo(given.tz)))


if __name__ == "__main__":
    serve_schedule(settings())
