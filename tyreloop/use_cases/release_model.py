"""Move Production to another version, forward or back, and write down who, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tyreloop.domain.errors import ModelVersionNotFound
from tyreloop.domain.release import Release, ReleaseKind
from tyreloop.ports import Registry
from tyreloop.use_cases.stores import Releasing


def release_model(
    version: int,
    *,
    model_name: str,
    by: str,
    using: Releasing,
    kind: ReleaseKind = ReleaseKind.PROMOTION,
    reason: str = "",
    forced: bool = False,
    exam: Mapping[str, Any] | None = None,
) -> Release:
    """Put a version into Production; the exam, where there is one, was passed or overruled before."""
    _require(version, using.registry)
    before = using.registry.production()
    using.registry.move_production(version)
    release = Release(
        model_name=model_name,
        to_version=version,
        from_version=before.version if before else None,
        kind=kind,
        released_at=using.clock(),
        released_by=by,
        reason=reason,
        forced=forced,
        exam=exam or {},
    )
    using.releases.add(release)
    return release


def _require(version: int, registry: Registry) -> None:
    if version not in {known.version for known in registry.versions()}:
        raise ModelVersionNotFound(f"The registry has no version {version} of the model.")
