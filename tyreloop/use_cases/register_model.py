"""Put a bundle into the registry, and see to it that a fresh installation has a model at all."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from tyreloop.domain.release import Release
from tyreloop.ports import Registry
from tyreloop.use_cases.release_model import release_model
from tyreloop.use_cases.stores import Releasing

HASH_TAG = "sha256."  # the registry remembers each file's hash, apart from the card inside the bundle


def register_bundle(folder: Path, *, description: str, registry: Registry) -> int:
    """Add a bundle as a new version, with the hash of each of its files."""
    return registry.register(folder, description=description, tags=hash_tags(folder))


def hash_tags(folder: Path) -> dict[str, str]:
    """The tags that a bundle's files get."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        HASH_TAG + path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def ensure_first_model(demo: Path, *, model_name: str, using: Releasing) -> Release | None:
    """Release the demo model where nothing is in Production; a person's choice is never touched."""
    if using.registry.production() is not None:
        return None
    version = register_bundle(
        demo, description="Demo model, trained on drawn tyres.", registry=using.registry
    )
    return release_model(
        version, model_name=model_name, by="tyreloop", using=using, reason="The first model."
    )
