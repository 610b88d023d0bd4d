"""Which version is in Production, read and written; nothing else in the product knows how that is marked.

MLflow's stages are deprecated but still what scripts use; people who promote in its pages use aliases. So we
write both and read the alias first, the stage second. Where they disagree the alias wins and we say so.
"""

from __future__ import annotations

import warnings
from typing import Any

from mlflow import MlflowClient

from tyreloop.domain.model import Production

ALIAS = "production"
STAGE = "Production"


def read_production(registered_model: Any) -> Production | None:
    """The version in Production, from what one look at the registered model answered."""
    by_alias = registered_model.aliases.get(ALIAS)
    by_stage = max(
        (int(v.version) for v in registered_model.latest_versions if v.current_stage == STAGE), default=None
    )
    if by_alias is None:
        return Production(by_stage) if by_stage is not None else None
    conflict = by_stage if by_stage not in (None, int(by_alias)) else None
    return Production(int(by_alias), conflict_with=conflict)


def write_production(client: MlflowClient, name: str, version: int) -> None:
    """Mark one version, and no other, as the one in Production: the alias first, for it decides."""
    client.set_registered_model_alias(name, ALIAS, str(version))
    with warnings.catch_warnings():
        # Stages are deprecated; we keep writing them for those who read nothing else.
        warnings.simplefilter("ignore", FutureWarning)
        # Without archiving, an older version left in the stage would come back at the next rollback.
        client.transition_model_version_stage(name, str(version), STAGE, archive_existing_versions=True)
