"""A folder becomes a version of the registered model, with the hash of each of its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tyreloop.domain.errors import BundleRefused
from tyreloop.domain.models import Registry
from tyreloop.models.bundles import hash_tags, is_bundle
from tyreloop.vision.card import CARD_FILE


def register_bundle(
    folder: Path,
    *,
    description: str,
    registry: Registry,
    tags: Mapping[str, str] | None = None,
    run_id: str | None = None,
) -> int:
    """Add a bundle as a new version, from the run that made it or from a run of its own."""
    if not is_bundle(folder):
        raise BundleRefused(f"{CARD_FILE} is missing")
    told = {**hash_tags(folder), **(tags or {})}
    return registry.register(folder, description=description, tags=told, run_id=run_id)
