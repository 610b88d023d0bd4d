"""The process of one training: what trainings need is there before torch is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tyreloop.learning.training_packages import bring_training_packages
from tyreloop.logs import configure_logs
from tyreloop.settings import settings
from tyreloop.worker.child import ChildChannel, serve_child


def carry_out(order: Mapping[str, Any], channel: ChildChannel) -> Mapping[str, Any]:
    """One ordered training."""
    bring_training_packages(lambda line: channel.progress({"stage": "installing"}, line))
    from tyreloop.worker.training import Training  # noqa: PLC0415 - torch may not have been there before

    return Training(order, settings(), channel).run()


def main() -> None:
    """Carry out what standard input orders."""
    configure_logs(settings(), service="training")
    serve_child(carry_out)


if __name__ == "__main__":
    main()
