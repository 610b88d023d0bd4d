"""A folder becomes a version of the registered model, with the hash of each of its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tyreloop.domain.models import Registry
from tyreloop.models.bundles import hash_tags
from tyreloop.vision.card import read_card


def register_bundle(
    folder: Path,
    *,
    description: str,
    registry: Registry,
    tags: Mapping[str, str] | None = None,
    run_id: str | None = None,
) -> int:
    """Add a bundle as a new version, from the run that made it or from a run of its own."""
    read_card(folder)  # nothing else is a bundle
    told = {**hash_tags(folder), **(tags or {})}
    return registry.register(folder, description=description, tags=told, run_id=run_id)
