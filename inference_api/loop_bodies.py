"""What the routes of the staff read and write as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from inference_api.bodies import Body
from tyreloop.domain.datasets import Difference, Item, Part, SnapshotSummary
from tyreloop.domain.feedback import Label, Receipt
from tyreloop.domain.orders import Order, OrderState


class DatasetBody(Body):
    """A snapshot in a list."""

    name: str
    parent: str | None
    content_hash: str
    created_by: str
    frozen_at: datetime
    counts: dict[str, int]

    @staticmethod
    def of(summary: SnapshotSummary) -> DatasetBody:
        return DatasetBody(
            name=summary.name,
            parent=summary.parent,
            content_hash=summary.content_hash,
            created_by=summary.created_by,
            frozen_at=summary.frozen_at,
            counts=dict(summary.counts),
        )


class DatasetsBody(Body):
    """Every snapshot, the newest first, and how many photos wait in the inbox."""

    datasets: list[DatasetBody]
    untrained: int


class NewDatasetBody(Body):
    """What is to be frozen."""

    name: str
    parent: str | None = None


class ImageBody(Body):
    """A photo of a dataset; the link opens it for five minutes."""

    photo_id: str | None
    label: Label
    part: Part
    link: str | None

    @staticmethod
    def of(item: Item, link: str | None) -> ImageBody:
        return ImageBody(photo_id=item.photo_id, label=item.label, part=item.part, link=link)


class ImagesBody(Body):
    """Photos of a dataset, a page at a time."""

    images: list[ImageBody]
    total: int


class DifferenceBody(Body):
    """From one snapshot to another, by the places of the photos."""

    added: list[str]
    gone: list[str]
    relabelled: list[str]

    @staticmethod
    def of(difference: Difference) -> DifferenceBody:
        return DifferenceBody(
            added=[item.item_hash for item in difference.added],
            gone=[item.item_hash for item in difference.gone],
            relabelled=[after.item_hash for _, after in difference.relabelled],
        )


class ReceivedReviewBody(Body):
    """What a reviewer decided, without the reviewer."""

    id: int
    agreed: bool
    label: Label
    reviewed_at: datetime


class ReceiptBody(Body):
    """What became of a correction so far."""

    prediction_id: str
    label: Label
    given_at: datetime
    review: ReceivedReviewBody | None
    snapshot: str | None
    is_lesson: bool | None
    learned_by: int | None
    learned_in_run: str | None

    @staticmethod
    def of(receipt: Receipt) -> ReceiptBody:
        review, placement = receipt.review, receipt.placement
        return ReceiptBody(
            prediction_id=receipt.correction.prediction_id,
            label=receipt.correction.label,
            given_at=receipt.correction.given_at,
            review=ReceivedReviewBody(
                id=review.id, agreed=review.agreed, label=review.label, reviewed_at=review.reviewed_at
            )
            if review
            else None,
            snapshot=placement.snapshot if placement else None,
            is_lesson=placement.is_lesson if placement else None,
            learned_by=receipt.learned_by,
            learned_in_run=receipt.learned_in_run or None,
        )


class NewJobBody(Body):
    """A training (recipe, and perhaps a dataset and a version to start from), or an inspection (dataset)."""

    kind: str
    recipe: str | None = None
    dataset: str | None = None
    start: str | None = None


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
