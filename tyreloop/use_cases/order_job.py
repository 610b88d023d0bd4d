"""Ask for long work: a training, or the inspection of a whole dataset; stop it; let it try again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tyreloop.domain.errors import NotFound
from tyreloop.domain.job import Job, JobId, JobKind, new_job_id
from tyreloop.domain.staff import Act, Actor, Right
from tyreloop.loop_ports import Queueing

RIGHT_FOR: Mapping[str, Right] = {JobKind.TRAINING: Right.TRAIN, JobKind.INSPECTION: Right.CURATE}


def order_training(recipe: str, *, dataset: str | None, start: str | None, by: Actor, using: Queueing) -> Job:
    """Train by a recipe on a snapshot (none: on what the recipe draws), from a version or from nothing."""
    orders = {"recipe": recipe, "dataset": dataset, "start": start}
    return _order(JobKind.TRAINING, orders, by=by, using=using)


def order_inspection(dataset: str, *, by: Actor, using: Queueing) -> Job:
    """Let the model in Production answer every photo of a dataset."""
    return _order(JobKind.INSPECTION, {"dataset": dataset}, by=by, using=using)


def cancel_job(job_id: JobId, *, by: Actor, using: Queueing) -> None:
    """Stop it, at its next step if it runs."""
    _require(job_id, by, using)
    using.jobs.cancel(job_id, act=Act.of(by, "job_cancelled", f"job:{job_id}", using.clock()))


def retry_job(job_id: JobId, *, by: Actor, using: Queueing) -> None:
    """Let it go on where it stopped."""
    _require(job_id, by, using)
    using.jobs.retry(job_id, act=Act.of(by, "job_retried", f"job:{job_id}", using.clock()))


def _order(kind: JobKind, orders: Mapping[str, Any], *, by: Actor, using: Queueing) -> Job:
    by.require(RIGHT_FOR[kind])
    at = using.clock()
    job = Job(new_job_id(), kind, orders, by.name, at, by.request_id)
    using.jobs.submit(job, act=Act.of(by, "job_ordered", f"job:{job.id}", at, kind=kind.value, **orders))
    return job


def _require(job_id: JobId, by: Actor, using: Queueing) -> None:
    by.require(Right.TRAIN)
    if using.jobs.get(job_id) is None:
        raise NotFound("There is no such job.")
