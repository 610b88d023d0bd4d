"""Long work: order it, watch it, stop it, let it try again."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from pydantic import Field

from inference_api.authorization import actor
from inference_api.parameters import Number
from inference_api.routing import Body, Routes
from inference_api.services import services
from tyreloop.domain.errors import InvalidRequest, NotFound
from tyreloop.domain.orders import Order, OrderId, OrderKind, OrderState
from tyreloop.domain.staff import Right
from tyreloop.use_cases.orders import cancel_order, order_inspection, order_training, retry_order
from tyreloop.use_cases.stores import Stores

routes = Routes()
said = partial(routes.route, right=Right.TRAIN)
MAX_SHOWN, MAX_NAME_CHARACTERS = 100, 200
AFTER = Number("after", "The number of the last line you have.")


class NewJobBody(Body):
    """A training (recipe, and perhaps a dataset and a version to start from), or an inspection (dataset)."""

    kind: str = Field(max_length=MAX_NAME_CHARACTERS)
    recipe: str | None = Field(None, max_length=MAX_NAME_CHARACTERS)
    dataset: str | None = Field(None, max_length=MAX_NAME_CHARACTERS)
    start: str | None = Field(None, max_length=MAX_NAME_CHARACTERS)


class JobBody(Body):
    """A long piece of work."""

    id: str
    kind: str
    orders: dict[str, Any]
    state: OrderState
    tries: int
    progress: dict[str, Any]
    result: dict[str, Any]
    error: str
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @staticmethod
    def of(job: Order) -> JobBody:
        return JobBody(
            id=job.id,
            kind=job.kind,
            orders=dict(job.parameters),
            state=job.state,
            tries=job.tries,
            progress=dict(job.progress),
            result=dict(job.result),
            error=job.error,
            asked_by=job.asked_by,
            asked_at=job.asked_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
        )


class JobsBody(Body):
    """The last jobs, the newest first."""

    jobs: list[JobBody]


class JobLinesBody(Body):
    """What a job said, and the number to ask for what comes after."""

    lines: list[str]
    after: int


@said("GET", "/v1/jobs", answers={200: JobsBody}, name="list_jobs")
def show_jobs() -> JobsBody:
    """The last ordered trainings and inspections."""
    return JobsBody(jobs=[JobBody.of(job) for job in _ordering().orders.latest(limit=MAX_SHOWN)])


@said("POST", "/v1/jobs", takes=NewJobBody, answers={202: JobBody})
def create_job(body: NewJobBody) -> JobBody:
    """Order a training or an inspection."""
    return JobBody.of(_ordered(body))


@said("GET", "/v1/jobs/<job_id>", answers={200: JobBody}, name="get_job")
def show_job(job_id: str) -> JobBody:
    """How it stands."""
    return JobBody.of(_job(job_id))


@said(
    "GET",
    "/v1/jobs/<job_id>/lines",
    answers={200: JobLinesBody},
    parameters=(AFTER,),
    name="get_job_lines",
)
def show_lines(job_id: str) -> JobLinesBody:
    """What it said after a line."""
    lines = _ordering().orders.lines(_job(job_id).id, after=AFTER())
    last = lines[-1].number if lines else AFTER()
    return JobLinesBody(lines=[line.line for line in lines], after=last)


@said("POST", "/v1/jobs/<job_id>/cancel", answers={202: JobBody}, name="cancel_job")
def stop_job(job_id: str) -> JobBody:
    """Stop it, at its next step if it runs."""
    cancel_order(OrderId(job_id), by=actor(), using=_ordering())
    return JobBody.of(_job(job_id))


@said("POST", "/v1/jobs/<job_id>/retry", answers={202: JobBody}, name="retry_job")
def try_again(job_id: str) -> JobBody:
    """Let it go on where it stopped."""
    retry_order(OrderId(job_id), by=actor(), using=_ordering())
    return JobBody.of(_job(job_id))


def _ordered(body: NewJobBody) -> Order:
    if body.kind == OrderKind.TRAINING and body.recipe:
        return order_training(
            body.recipe, dataset=body.dataset, start=body.start, by=actor(), using=_ordering()
        )
    if body.kind == OrderKind.INSPECTION and body.dataset:
        return order_inspection(body.dataset, by=actor(), using=_ordering())
    raise InvalidRequest("Order a training with a recipe, or an inspection with a dataset.")


def _job(job_id: str) -> Order:
    found = _ordering().orders.get(OrderId(job_id))
    if found is None:
        raise NotFound("There is no such job.")
    return found


def _ordering() -> Stores:
    return services().stores
