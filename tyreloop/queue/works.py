"""What a worker of this product can do, by the kind of job."""

from __future__ import annotations

from collections.abc import Mapping

from tyreloop.adapters.photo_store import build_photo_store
from tyreloop.adapters.postgres import Database
from tyreloop.adapters.postgres.datasets import PostgresDatasets
from tyreloop.domain.job import JobKind
from tyreloop.loop_ports import Work
from tyreloop.queue.child_work import in_child
from tyreloop.queue.inspection import Inspection
from tyreloop.settings import Settings


def build_works(settings: Settings) -> Mapping[str, Work]:
    """Trainings in a process of their own, inspections in the worker."""
    datasets = PostgresDatasets(Database(settings.postgres_dsn, connections=1))
    return {
        JobKind.TRAINING: in_child("tyreloop.queue.training_child"),
        JobKind.INSPECTION: Inspection(datasets, build_photo_store(settings), settings.api_url),
    }
