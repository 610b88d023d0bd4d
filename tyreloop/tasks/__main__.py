"""`python -m tyreloop.tasks`: runs the schedule until told to stop; `crontab` prints it."""

from __future__ import annotations

import sys

from tyreloop.settings import settings
from tyreloop.tasks import catalogue  # noqa: F401 - fills the table of tasks
from tyreloop.tasks.schedule import declared_schedule, serve_schedule

if __name__ == "__main__":
    if sys.argv[1:] == ["crontab"]:
        sys.stdout.write(declared_schedule())
    else:
        serve_schedule(settings())
