"""Who carries out which kind of order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tyreloop.access.tokens import Purpose, TokenSigner
from tyreloop.domain.orders import OrderKind
from tyreloop.files.photos import build_photo_store
from tyreloop.settings import Settings
from tyreloop.store.datasets import PostgresDatasets
from tyreloop.store.db import Database
from tyreloop.use_cases.orders import Handler
from tyreloop.worker.child import in_child
from tyreloop.worker.inspection import Inspection, Proof, no_proof


def build_handlers(settings: Settings) -> Mapping[str, Handler]:
    """Trainings in a process of their own, inspections in the worker."""
    datasets = PostgresDatasets(Database(settings.postgres_dsn, connections=1))
    photos = build_photo_store(settings)
    return {
        OrderKind.TRAINING: in_child("tyreloop.worker.training_child"),
        OrderKind.INSPECTION: Inspection(datasets, photos, settings.api_url, proof_of(settings)),
    }


def proof_of(settings: Settings) -> Proof:
    """Where visitors must sign in, the worker knocks in the name of the person who ordered."""
    if not settings.visitors_must_sign_in or not settings.secret_key.get_secret_value():
        return no_proof  # without the secret the service refuses, and the order says so
    signer = TokenSigner(settings.require_secret_key(), lambda: datetime.now(UTC))

    def proof(asked_by: str) -> str | None:
        kind, _, name = asked_by.partition(":")
        return signer.sign(Purpose.ACCESS, name) if kind == "user" else None

    return proof
