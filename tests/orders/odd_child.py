"""A child that ends in the way it is told to."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Any

from tyreloop.domain.errors import InvalidRequest, StoreUnavailable
from tyreloop.worker.child import ChildChannel, serve_child


def work(order: Mapping[str, Any], channel: ChildChannel) -> Mapping[str, Any]:
    """Well, or not."""
    print("a library that prints")  # noqa: T201
    match order["how"]:
        case "refuses":
            raise InvalidRequest("There are too few photos.")
        case "is_away":
            raise StoreUnavailable("The registry does not answer now.")
        case "breaks":
            raise ZeroDivisionError("no photos\nand a second line")
        case "exits":
            os._exit(3)
        case "is_killed":
            os.kill(os.getpid(), signal.SIGKILL)
    channel.progress({"done": 1}, "one of two")
    return {"version": 3}


if __name__ == "__main__":
    serve_child(work)
