"""Files that the product reads when it runs: links to where people edit them; in a wheel, the files."""

from __future__ import annotations

from pathlib import Path

from tyreloop.domain.errors import TyreloopError

SHIPPED = Path(__file__).parent
MIGRATIONS = SHIPPED / "migrations"
RECIPES = SHIPPED / "recipes"
DEMO_MODEL = SHIPPED / "demo_model"
EXAM = SHIPPED / "exam.toml"
CRONTAB = SHIPPED / "crontab"


class InstallationIncomplete(TyreloopError):
    """A folder that came with the product is missing or empty."""

    code = "installation_incomplete"


def require_files(folder: Path, pattern: str) -> list[Path]:
    """The files in their order; an empty or missing folder is refused, for it would mean nothing to do."""
    if not (found := sorted(folder.glob(pattern))):
        raise InstallationIncomplete(f"{folder} holds no {pattern}: install Tyreloop anew.")
    return found
