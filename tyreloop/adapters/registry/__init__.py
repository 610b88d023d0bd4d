"""The model registry: the only package that imports mlflow."""

from tyreloop.adapters.registry.mlflow_registry import MlflowRegistry
from tyreloop.settings import Settings

__all__ = ["MlflowRegistry", "build_registry"]


def build_registry(settings: Settings) -> MlflowRegistry:
    """The registry that the settings name."""
    return MlflowRegistry(settings.mlflow_tracking_uri, settings.model_name, pinned=settings.model_version)
