"""Each board can be drawn without Grafana, from whatever is in the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tyreloop.boards.preview.pictures import draw_boards
from tyreloop.boards.preview.words import written
from tyreloop.settings import Settings


@pytest.mark.usefixtures("small_history")  # in which one panel has no data
def test_each_board_becomes_a_picture(database_dsn: dict[str, Any], tmp_path: Path) -> None:
    using = Settings.model_construct(
        postgres_host=database_dsn["host"],
        postgres_port=database_dsn["port"],
        postgres_db=database_dsn["dbname"],
        postgres_user=database_dsn["user"],
        postgres_password=SecretStr(database_dsn["password"]),
    )
    files = list(draw_boards(using, tmp_path, days=14))
    assert [file.name for file in files] == ["overview.png", "quality.png", "service.png"]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.4123, "percentunit", "41.2 %"),
        (90, "s", "1.5 min"),
        (None, "short", "–"),
        (1234567, "short", "1,234,567"),
    ],
)
def test_values_are_short(value: float | None, unit: str, text: str) -> None:
    assert written(value, unit) == text
