"""The inference service: parse, call a use case, serialise."""

from inference_api.app import create_app
from inference_api.services import Services

__all__ = ["Services", "create_app"]
