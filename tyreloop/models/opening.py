"""Versions opened as the service would open them; loads what runs models."""

from __future__ import annotations

from pathlib import Path

from tyreloop.domain.models import Registry
from tyreloop.models.bundles import fetch_checked, require_nothing_unlisted, version_number
from tyreloop.models.child import check_in_child
from tyreloop.vision.bundle import LoadedModel, load_bundle, open_verified


def open_version(version: str | int, scratch: Path, registry: Registry) -> LoadedModel:
    """A version as the service would load it; first in a child that is shut in, for nobody signed it yet."""
    folder, number = fetch_checked(version, scratch, registry), version_number(str(version), registry)
    check_in_child(folder, number)
    return open_verified(folder, number)


def open_folder(folder: Path) -> LoadedModel:
    """A bundle that is in no registry yet."""
    require_nothing_unlisted(folder)
    return load_bundle(folder, version=0)
