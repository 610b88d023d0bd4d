"""Long work: order it, watch it, stop it, let it try again."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from inference_api.context import answer, read_body, services
from inference_api.doorkeeper import actor
from inference_api.loop_bodies import JobBody, JobLinesBody, JobsBody, NewJobBody
from tyreloop.domain.errors import InvalidRequest, NotFound
from tyreloop.domain.orders import Order, OrderId, OrderKind
from tyreloop.loop_ports import Ordering
from tyreloop.use_cases.orders import cancel_order, order_inspection, order_training, retry_order

routes = Blueprint("jobs", __name__, url_prefix="/v1/jobs")
MOST_SHOWN = 100


@routes.get("")
def show_jobs() -> ResponseReturnValue:
    """The last jobs."""
    return answer(JobsBody(jobs=[JobBody.of(job) for job in _ordering().orders.latest(limit=MOST_SHOWN)]))


@routes.post("")
def create_job() -> ResponseReturnValue:
    """Order a training or an inspection."""
    return answer(JobBody.of(_ordered(read_body(NewJobBody))), 202)


@routes.get("/<job_id>")
def show_job(job_id: str) -> ResponseReturnValue:
    """How it stands."""
    return answer(JobBody.of(_job(job_id)))


@routes.get("/<job_id>/lines")
def show_lines(job_id: str) -> ResponseReturnValue:
    """What it said after a line."""
    said = request.args.get("after", "0")
    if not said.isdecimal():
        raise InvalidRequest("after is a number.")
    lines = _ordering().orders.lines(_job(job_id).id, after=int(said))
    last = lines[-1].number if lines else int(said)
    return answer(JobLinesBody(lines=[line.line for line in lines], after=last))


@routes.post("/<job_id>/cancel")
def stop_job(job_id: str) -> ResponseReturnValue:
    """Stop it, at its next step if it runs."""
    cancel_order(OrderId(job_id), by=actor(), using=_ordering())
    return answer(JobBody.of(_job(job_id)), 202)


@routes.post("/<job_id>/retry")
def try_again(job_id: str) -> ResponseReturnValue:
    """Let it go on where it stopped."""
    retry_order(OrderId(job_id), by=actor(), using=_ordering())
    return answer(JobBody.of(_job(job_id)), 202)


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


def _ordering() -> Ordering:
    return services().loop.ordering
