"""A folder that came empty or not at all is refused: no migrations are no newest schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tyreloop.shipped import (
    CRONTAB,
    DEMO_MODEL,
    EXAM,
    MIGRATIONS,
    RECIPES,
    InstallationIncomplete,
    require_files,
)
from tyreloop.store.migrations import migrate


@pytest.mark.parametrize("folder", ["empty", "missing"])
def test_a_folder_without_migrations_is_refused(
    tmp_path: Path, database_dsn: dict[str, Any], folder: str
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InstallationIncomplete, match=r"holds no \*\.sql: install Tyreloop anew"):
        migrate(database_dsn, folder=tmp_path / folder)


def test_everything_is_there_in_a_checkout() -> None:
    assert require_files(MIGRATIONS, "*.sql")
    assert require_files(RECIPES, "*.toml")
    assert require_files(DEMO_MODEL, "model.onnx")
    assert CRONTAB.is_file()
    assert EXAM.is_file()
