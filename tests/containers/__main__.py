"""`make test-containers`: walk through a whole stack of containers, and take it down again.

It needs a container engine with Compose; the stack has a project, ports and volumes of its own.
WALK_PROFILE=core leaves out Grafana, worker and broker (Grafana too where its image cannot be had);
WALK_LEAVE_OUT=prometheus leaves out who only watches; WALK_BUILD=0 takes the images that are there;
WALK_PYTHON names another base for the images that hold torch.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.containers.engine import Stack, WalkFailed
from tests.containers.postgres_upgrade import upgrade_postgres
from tests.containers.report import Report
from tests.containers.rolling import roll
from tests.containers.walk import Walk

VERSION = "walk"


def walk_through(stack: Stack, report: Report) -> None:
    walk = Walk(stack, report, version=VERSION)
    if os.environ.get("WALK_BUILD", "1") == "1":
        walk.build()
    walk.start()
    prediction = walk.use()
    walk.check()
    walk.measure()
    walk.train()
    walk.back_up_and_restore(prediction)  # before an S3 that stands in forgets the models at its restart
    walk.restart_each()
    walk.down_and_up(prediction)
    walk.upgrade()
    upgrade_postgres(report)
    with TemporaryDirectory(prefix="tyreloop-rolling-") as folder:
        roll(Path(folder), report, VERSION)


def main() -> int:
    report = Report()
    with TemporaryDirectory(prefix="tyreloop-walk-") as folder:
        stack = Stack(Path(folder), profile=os.environ.get("WALK_PROFILE", "full"))
        stack.prepare(VERSION)
        try:
            walk_through(stack, report)
        except WalkFailed as error:
            report.say(f"\nFAILED: {error}\n")
            report.say(stack.compose("logs", "--no-color", "--tail", "15", check=False))
            return 1
        finally:
            stack.compose("down", "--volumes", check=False)
            report.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
