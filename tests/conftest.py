"""What every test may ask for; each group of fixtures has its own module."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = [
    "tests.fixtures.log_handlers",
    "tests.fixtures.postgres_server",
    "tests.fixtures.stores",
    "tests.fixtures.s3_server",
    "tests.fixtures.mlflow_server",
    "tests.fixtures.running_stack",
    "tests.fixtures.service_process",
]
# What shares what takes long to make: the browsers' house; the registry, and photos to learn from; the stack.
TOGETHER = (
    ("tests/browser/",),
    ("tests/loop/", "tests/learning/"),
    ("tests/local/test_stack.py", "tests/security/test_attacks.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: nobody waits for it at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    places = {item: place_of(item.nodeid) - (item.path in slow) / 2 for item in items}
    items.sort(key=lambda item: places[item])


def place_of(nodeid: str) -> int:
    """The number of a test's folders among those that stay together, or the one after the last."""
    return next((place for place, part in enumerate(TOGETHER) if nodeid.startswith(part)), len(TOGETHER))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each file in one process, and what shares much in one process as a whole."""

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            place = place_of(nodeid)
            return nodeid.split("::", 1)[0] if place == len(TOGETHER) else str(place)

    return Together(config, log)
