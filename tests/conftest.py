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
# What takes long to make, by the fixtures that tell it: the browsers' house, the registry, a small training's
# photos, the whole stack.
SHARED = ({"house", "mlflow_uri"}, {"mlflow_uri"}, {"drawn"}, {"stack"})


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of two processes one alone starts each shared part; what takes long comes first, not at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    places = {}
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        shared = next((place for place, names in enumerate(SHARED) if names <= asked), None)
        item.add_marker(pytest.mark.xdist_group(str(item.path if shared is None else shared)))
        places[item] = len(SHARED) + (item.path not in slow) if shared is None else shared
    items.sort(key=lambda item: places[item])
