"""One training in a process of its own: orders in on standard input, progress and a result out."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from tyreloop.domain.errors import InvalidRequest, NotConfigured, NotFound
from tyreloop.logs import configure_logs
from tyreloop.queue.told import Told
from tyreloop.queue.training import Training
from tyreloop.settings import settings

REFUSALS = (InvalidRequest, NotConfigured, NotFound)


def main() -> None:
    """Do what standard input orders."""
    told = Told()
    configure_logs(settings(), service="training")
    orders: Mapping[str, Any] = json.loads(sys.stdin.readline())
    try:
        told.say({"result": Training(orders, settings(), told).run()})
    except REFUSALS as error:
        told.say({"refused": str(error)})


if __name__ == "__main__":
    main()
