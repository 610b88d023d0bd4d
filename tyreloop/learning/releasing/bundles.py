"""Versions brought here from the registry, and everything a bundle must keep to before it is examined."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tyreloop.adapters.registry import build_registry
from tyreloop.domain.errors import BundleRefused, InvalidRequest, ModelVersionNotFound, NoProductionModel
from tyreloop.domain.model import RegisteredVersion
from tyreloop.ports import Registry
from tyreloop.settings import Settings
from tyreloop.use_cases.register_model import HASH_TAG, hash_tags
from tyreloop.vision.bundle import LoadedModel, load_bundle
from tyreloop.vision.card import CARD_FILE, read_card

PRODUCTION = "production"


def version_number(wanted: str, registry: Registry) -> int:
    """A version as people name it: its number, or `production`."""
    if wanted.isdigit():
        return int(wanted)
    if wanted != PRODUCTION:
        raise InvalidRequest(f"{wanted!r} is no version: give its number, or `production`.")
    production = registry.production()
    if production is None:
        raise NoProductionModel("No version is in Production.")
    return production.version


def fetch_version(wanted: str, scratch: Path, settings: Settings) -> Path:
    """The files of a version, checked, in a folder below `scratch`."""
    registry = build_registry(settings)
    return fetch_checked(version_number(wanted, registry), scratch, registry)


def fetch_checked(version: int, scratch: Path, registry: Registry) -> Path:
    """Bring a version here and hold it against what the registry recorded."""
    folder = scratch / f"version-{version}"
    folder.mkdir(parents=True)
    known = registered(version, registry)
    registry.download(version, folder)
    require_recorded(folder, known.tags)
    require_nothing_unlisted(folder)
    return folder


def open_version(version: int, scratch: Path, registry: Registry) -> LoadedModel:
    """A version as the service would load it."""
    return load_bundle(fetch_checked(version, scratch, registry), version)


def open_folder(folder: Path) -> LoadedModel:
    """A bundle that is in no registry yet."""
    require_nothing_unlisted(folder)
    return load_bundle(folder, version=0)


def registered(version: int, registry: Registry) -> RegisteredVersion:
    """What the registry says about a version."""
    for known in registry.versions():
        if known.version == version:
            return known
    raise ModelVersionNotFound(f"The registry has no version {version} of the model.")


def require_recorded(folder: Path, tags: Mapping[str, str]) -> None:
    """The files are those that were registered; a version without recorded hashes has nothing to compare."""
    recorded = {name: value for name, value in tags.items() if name.startswith(HASH_TAG)}
    found = hash_tags(folder) if recorded else {}
    for name in sorted(recorded.keys() | found.keys()):
        file = name.removeprefix(HASH_TAG)
        if name not in found:
            raise BundleRefused(f"{file} was registered and is missing")
        if name not in recorded:
            raise BundleRefused(f"{file} was not there when the version was registered")
        if found[name] != recorded[name]:
            raise BundleRefused(f"{file} is not the file that was registered")


def require_nothing_unlisted(folder: Path) -> None:
    """A file that the card does not name has no business in a bundle."""
    listed = {CARD_FILE, *read_card(folder).files}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in listed:
            raise BundleRefused(f"{name} is in the bundle and not on its card")
