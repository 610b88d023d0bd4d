"""Which versions are no bundles yet; asked by hand: MLflow's client would cost an idle worker 120 MB."""

from __future__ import annotations

from typing import Any

import requests

from tyreloop.domain.errors import RegistryUnavailable
from tyreloop.models.bundles import BUNDLE_TAG, HASH_TAG, REFUSED_TAG
from tyreloop.settings import Settings

SEARCH = "api/2.0/mlflow/model-versions/search"
TIMEOUT_SECONDS = 10.0
AT_ONCE = 1000


def versions_without_bundle(settings: Settings) -> list[int]:
    """Versions that were logged past us and not looked at yet, the newest first."""
    asked = {"filter": f"name = '{settings.model_name}'", "max_results": str(AT_ONCE)}
    login = (settings.mlflow_tracking_username, settings.mlflow_tracking_password.get_secret_value())
    try:
        answer = requests.get(
            f"{settings.mlflow_tracking_uri.rstrip('/')}/{SEARCH}",
            params=asked,
            auth=login if login[1] else None,
            timeout=TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json().get("model_versions", [])
    except (requests.RequestException, ValueError) as error:
        raise RegistryUnavailable("The model registry does not answer now.") from error
    return sorted((int(one["version"]) for one in found if _is_untouched(one)), reverse=True)


def _is_untouched(version: dict[str, Any]) -> bool:
    tags = {tag["key"] for tag in version.get("tags", [])}
    return not any(tag.startswith(HASH_TAG) or tag in (BUNDLE_TAG, REFUSED_TAG) for tag in tags)
