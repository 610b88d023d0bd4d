from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.people import settings_for
from tyreloop.tasks.task import Tools, task_tools


@pytest.fixture
def tools(database_dsn: dict[str, Any], tmp_path: Path) -> Iterator[Tools]:
    """What jobs get: a fresh database with the rights of the jobs, and a folder of photos."""
    with task_tools(settings_for(database_dsn, tmp_path / "data")) as opened:
        yield opened
