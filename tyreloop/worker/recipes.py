"""The recipes that a training can be ordered by: the project's, and one's own in the data folder."""

from __future__ import annotations

from pathlib import Path

from tyreloop.domain.errors import InvalidRequest
from tyreloop.settings import Settings

SHIPPED = Path(__file__).parents[2] / "mlflow" / "recipes"


def recipe_files(settings: Settings) -> dict[str, Path]:
    """Each recipe's file by its name; one's own goes before the project's of the same name."""
    folders = (SHIPPED, settings.data_dir / "recipes")
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.toml"))}


def recipe_file(name: str, settings: Settings) -> Path:
    """A recipe's file."""
    found = recipe_files(settings).get(name)
    if found is None:
        raise InvalidRequest(f"There is no recipe {name!r}.")
    return found
