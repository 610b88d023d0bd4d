"""What the verbs work on: everything that is kept, opened once for a process."""

from __future__ import annotations

from dataclasses import dataclass

from tyreloop.access.passwords import Argon2Passwords
from tyreloop.domain.feedback import Correction, Vote
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.ports import Clock, Erasures, Feedback, Predictions
from tyreloop.store.alerts import PostgresAlerts
from tyreloop.store.datasets import PostgresDatasets
from tyreloop.store.db import Database
from tyreloop.store.feedback import PostgresReceipts, PostgresVoteCounts
from tyreloop.store.models import PostgresModels
from tyreloop.store.orders import PostgresOrders
from tyreloop.store.photos import PostgresHeats
from tyreloop.store.reports import PostgresReports
from tyreloop.store.reviews import PostgresReviews
from tyreloop.store.staff import PostgresApiKeys, PostgresAuditLog, PostgresStaff


@dataclass(frozen=True, slots=True)
class Stores:
    """One process's way to what is kept; what visitors say may pass an outbox on its way."""

    database: Database
    predictions: Predictions
    votes: Feedback[Vote]
    corrections: Feedback[Correction]
    erasures: Erasures
    receipts: PostgresReceipts
    heats: PostgresHeats
    reports: PostgresReports
    reviews: PostgresReviews
    datasets: PostgresDatasets
    orders: PostgresOrders
    vote_counts: PostgresVoteCounts
    models: PostgresModels
    alerts: PostgresAlerts
    staff: PostgresStaff
    keys: PostgresApiKeys
    audit: PostgresAuditLog
    passwords: Argon2Passwords
    photos: ObjectPhotoStore
    clock: Clock
