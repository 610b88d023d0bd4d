"""Versions brought here from the registry, and everything a bundle must keep to before it is examined."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tyreloop.domain.errors import (
    BundleAwaited,
    BundleRefused,
    InvalidRequest,
    ModelVersionNotFound,
    NoProductionModel,
)
from tyreloop.domain.models import RegisteredVersion, Registry
from tyreloop.models.signing import digests_of
from tyreloop.vision.card import CARD_FILE, read_card

HASH_TAG = "sha256."  # the registry remembers each file's hash, apart from the card inside the bundle
PRODUCTION = "production"


BUNDLE_TAG = "bundle"  # where a plain model's bundle lies, once the worker has made one
REFUSED_TAG = "bundle.refused"  # why none can be made


def is_bundle(folder: Path) -> bool:
    return (folder / CARD_FILE).is_file()


def require_bundle(folder: Path, known: RegisteredVersion) -> None:
    """Nothing else is ever opened here: the worker turns it into one, or says why not."""
    if is_bundle(folder):
        return
    if REFUSED_TAG in known.tags:
        raise BundleRefused(known.tags[REFUSED_TAG])
    raise BundleAwaited(
        f"version {known.version} is not a bundle yet: the worker turns it into one in a minute, "
        f"or `tyreloop models convert {known.version}` does"
    )


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


def fetch_checked(wanted: str | int, scratch: Path, registry: Registry) -> Path:
    """Bring a version here and hold it against what the registry recorded."""
    version = version_number(str(wanted), registry)
    folder = scratch / f"version-{version}"
    folder.mkdir(parents=True)
    known = registered(version, registry)
    registry.download(version, folder)
    require_bundle(folder, known)
    require_recorded(folder, known.tags)
    require_nothing_unlisted(folder)
    return folder


def registered(version: int, registry: Registry) -> RegisteredVersion:
    """What the registry says about a version."""
    for known in registry.versions():
        if known.version == version:
            return known
    raise ModelVersionNotFound(f"The registry has no version {version} of the model.")


def hash_tags(folder: Path) -> dict[str, str]:
    """The tags that a bundle's files get."""
    return {HASH_TAG + name: digest for name, digest in digests_of(folder).items()}


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
