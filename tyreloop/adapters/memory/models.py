"""A registry and a history of releases, kept in lists."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tyreloop.domain.errors import ModelVersionNotFound
from tyreloop.domain.model import Production, RegisteredVersion
from tyreloop.domain.release import Release


class MemoryRegistry:
    """Versions whose files stay in the folders they came from."""

    def __init__(self) -> None:
        self._folders: list[Path] = []
        self._versions: list[RegisteredVersion] = []
        self._production: Production | None = None

    def production(self) -> Production | None:
        return self._production

    def versions(self) -> Sequence[RegisteredVersion]:
        return self._versions[::-1]

    def register(self, folder: Path, *, description: str, tags: Mapping[str, str]) -> int:
        number = len(self._folders) + 1
        self._folders.append(folder)
        self._versions.append(
            RegisteredVersion(number, datetime.now(UTC), description=description, tags=dict(tags))
        )
        return number

    def download(self, version: int, folder: Path) -> None:
        self._require(version)
        shutil.copytree(self._folders[version - 1], folder, dirs_exist_ok=True)

    def move_production(self, version: int) -> None:
        self._require(version)
        self._production = Production(version)

    def _require(self, version: int) -> None:
        if not 1 <= version <= len(self._folders):
            raise ModelVersionNotFound(f"The registry has no version {version} of the model.")


class MemoryReleases:
    """Releases in the order they were made."""

    def __init__(self) -> None:
        self._releases: list[Release] = []

    def add(self, release: Release) -> None:
        self._releases.append(release)

    def latest(self, *, limit: int) -> Sequence[Release]:
        return self._releases[::-1][:limit]
