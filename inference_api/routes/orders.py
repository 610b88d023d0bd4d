"""Long work: order it, watch it, stop it, let it try again."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from inference_api.authorization import actor
from inference_api.parameters import number
from inference_api.routing import Body, Moment, Routes
from inference_api.services import services
from tyreloop.domain.errors import InvalidRequest, NotFound
from tyreloop.domain.orders import Order, OrderId, OrderKind, OrderState
from tyreloop.domain.staff import Right
from tyreloop.use_cases.orders import cancel_order, order_inspection, order_training, retry_order
from tyreloop.use_cases.stores import Stores

routes = Routes(Right.TRAIN)
MAX_SHOWN, MAX_NAME_CHARACTERS = 100, 200
AFTER = number("after", "The number of the last line you have.")


class NewJobBody(Body):
    """A training (recipe, and perhaps a dataset and a version to start from), or an inspection (dataset)."""

    kind: str = Field(max_length=MAX_NAME_CHARACTERS, json_schema_extra={"enum": [*OrderKind]})
    recipe: str | None = Field(None, max_length=MAX_NAME_CHARACTERS)
    dataset: str | None = Field(None, max_length=MAX_NAME_CHARACTERS)
    start: str | None = Field(None, max_length=MAX_NAME_CHARACTERS)


class JobBody(Body):
    """A long piece of work."""

    id: str
    kind: str
    orders: dict[str, Any] = Field(validation_alias="parameters")
    state: OrderState
    tries: int
    progress: dict[str, Any]
    result: dict[str, Any]
    error: str
    asked_by: str
    asked_at: Moment
    started_at: Moment | None
    finished_at: Moment | None


class JobsBody(Body):
    """The last jobs, the newest first."""

    jobs: list[JobBody]


class JobLinesBody(Body):
    """What a job said, and the number to ask for what comes after."""

    lines: list[str]
    after: int


@routes.route("GET", "/v1/jobs", JobsBody, name="list_jobs")
def show_jobs() -> JobsBody:
    """The last ordered trainings and inspections."""
    return JobsBody(jobs=[JobBody.showing(job) for job in _ordering().orders.latest(limit=MAX_SHOWN)])


@routes.route("POST", "/v1/jobs", JobBody, status=202, takes=NewJobBody)
def create_job(body: NewJobBody) -> JobBody:
    """Order a training or an inspection."""
    return JobBody.showing(_ordered(body))


@routes.route("GET", "/v1/jobs/<job_id>", JobBody, name="get_job")
def show_job(job_id: str) -> JobBody:
    """How it stands."""
    return JobBody.showing(_job(job_id))


@routes.route("GET", "/v1/jobs/<job_id>/lines", JobLinesBody, parameters=(AFTER,), name="get_job_lines")
def show_lines(job_id: str) -> JobLinesBody:
    """What it said after a line."""
    lines = _ordering().orders.lines(_job(job_id).id, after=AFTER())
    last = lines[-1].number if lines else AFTER()
    return JobLinesBody(lines=[line.line for line in lines], after=last)


@routes.route("POST", "/v1/jobs/<job_id>/cancel", JobBody, status=202, name="cancel_job")
def stop_job(job_id: str) -> JobBody:
    """Stop it, at its next step if it runs."""
    cancel_order(OrderId(job_id), by=actor(), using=_ordering())
    return JobBody.showing(_job(job_id))


@routes.route("POST", "/v1/jobs/<job_id>/retry", JobBody, status=202, name="retry_job")
def try_again(job_id: str) -> JobBody:
    """Let it go on where it stopped."""
    retry_order(OrderId(job_id), by=actor(), using=_ordering())
    return JobBody.showing(_job(job_id))


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
