"""The shelf that holds the model which answers; looked after in the background, never in a request."""

from tyreloop.adapters.model_shelf.classifier import ShelfClassifier
from tyreloop.adapters.model_shelf.shelf import ModelShelf, ShelfStatus
from tyreloop.adapters.model_shelf.watcher import Watcher

__all__ = ["ModelShelf", "ShelfClassifier", "ShelfStatus", "Watcher"]
