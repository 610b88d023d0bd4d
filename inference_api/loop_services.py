"""What the routes of the staff use: datasets and long work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from tyreloop.adapters.feedback import APP_ROLE
from tyreloop.adapters.memory import (
    MemoryCorrections,
    MemoryPhotoStore,
    MemoryPredictions,
    MemoryReceipts,
    MemoryVotes,
)
from tyreloop.adapters.memory.datasets import MemoryDatasets
from tyreloop.adapters.memory.queue import MemoryOrders
from tyreloop.adapters.memory.reviews import MemoryReviews
from tyreloop.adapters.memory.staff import MemoryAuditLog
from tyreloop.loop_ports import Curating, Ordering
from tyreloop.ports import PhotoStore, Receipts
from tyreloop.settings import Settings
from tyreloop.store.datasets import PostgresDatasets
from tyreloop.store.db import Database
from tyreloop.store.feedback import PostgresReceipts
from tyreloop.store.orders import PostgresOrders
from tyreloop.vision.fingerprint import fingerprint_of


@dataclass(frozen=True, slots=True)
class LoopServices:
    """Everything that a route of the staff may call."""

    curating: Curating
    ordering: Ordering
    receipts: Receipts


def build_loop(settings: Settings, photos: PhotoStore) -> LoopServices:
    """Over the settings' database; it connects when somebody of the staff asks."""
    database = Database(settings.postgres_dsn, role=APP_ROLE, connections=2, statement_seconds=15.0)
    return LoopServices(
        Curating(PostgresDatasets(database), photos, fingerprint_of, _now),
        Ordering(PostgresOrders(database), _now),
        PostgresReceipts(database),
    )


def loop_in_memory() -> LoopServices:
    """Empty, and forgotten with the process."""
    predictions, audit = MemoryPredictions(), MemoryAuditLog()
    votes, corrections = MemoryVotes(predictions), MemoryCorrections(predictions)
    datasets = MemoryDatasets(predictions, MemoryReviews(predictions, votes, corrections, audit), audit)
    return LoopServices(
        Curating(datasets, MemoryPhotoStore(), fingerprint_of, _now),
        Ordering(MemoryOrders(audit), _now),
        MemoryReceipts(corrections),
    )


def _now() -> datetime:
    return datetime.now(UTC)
