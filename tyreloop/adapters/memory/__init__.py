"""In-memory twins of the ports: what tests and trials use in place of a database, a registry or a store."""

from tyreloop.adapters.memory.erasures import MemoryErasures, MemoryWriteFailures
from tyreloop.adapters.memory.feedback import MemoryCorrections, MemoryPredictions, MemoryVotes
from tyreloop.adapters.memory.models import MemoryRegistry, MemoryReleases
from tyreloop.adapters.memory.photos import MemoryPhotoStore, MemoryPredictionLog
from tyreloop.adapters.memory.receipts import MemoryReceipts

__all__ = [
    "MemoryCorrections",
    "MemoryErasures",
    "MemoryPhotoStore",
    "MemoryPredictionLog",
    "MemoryPredictions",
    "MemoryReceipts",
    "MemoryRegistry",
    "MemoryReleases",
    "MemoryVotes",
    "MemoryWriteFailures",
]
