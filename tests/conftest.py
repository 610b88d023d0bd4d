"""What every test may ask for; each group of fixtures has its own module."""

from __future__ import annotations

import pytest

pytest_plugins = [
    "tests.fixtures.log_handlers",
    "tests.fixtures.postgres_server",
    "tests.fixtures.stores",
    "tests.fixtures.s3_server",
    "tests.fixtures.mlflow_server",
    "tests.fixtures.running_stack",
    "tests.fixtures.service_process",
]
# What takes long to start, the longest walks first; `house` has a registry behind it.
SHARED = ("house", "mlflow_uri", "stack")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of two processes one alone starts each shared part; what takes long comes first, not at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    place = {}
    for item in items:
        asked = getattr(item, "fixturenames", ())
        shared = next((name for name in SHARED if name in asked), "")
        item.add_marker(pytest.mark.xdist_group(shared or str(item.path)))
        place[item] = SHARED.index(shared) if shared else len(SHARED) + (item.path not in slow)
    items.sort(key=lambda item: place[item])
