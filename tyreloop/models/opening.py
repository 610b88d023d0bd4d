"""Versions opened as the service would open them; loads what runs models."""

from __future__ import annotations

from pathlib import Path

from tyreloop.domain.models import Registry
from tyreloop.models.bundles import fetch_checked, require_nothing_unlisted, version_number
from tyreloop.vision.bundle import LoadedModel, load_bundle
from tyreloop.vision.open_model import open_model


def open_version(
    version: str | int, scratch: Path, registry: Registry, *, allow_pickled: bool = False
) -> LoadedModel:
    """A version as the service would load it: a bundle, or a plain model by what its engine says."""
    folder = fetch_checked(version, scratch, registry)
    return open_model(folder, version_number(str(version), registry), allow_pickled=allow_pickled)


def open_folder(folder: Path) -> LoadedModel:
    """A bundle that is in no registry yet."""
    require_nothing_unlisted(folder)
    return load_bundle(folder, version=0)
