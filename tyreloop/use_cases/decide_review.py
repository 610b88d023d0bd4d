"""Say what a photo really shows, as a reviewer; or take that back."""

from __future__ import annotations

from tyreloop.domain.correction import Label
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.review import Review, ReviewItem
from tyreloop.domain.staff import Act, Actor, Right
from tyreloop.loop_ports import Reviewing


def decide_review(item: ReviewItem, label: Label, *, by: Actor, using: Reviewing) -> Review:
    """Keep the label that stands."""
    by.require(Right.REVIEW)
    review = Review.of(item, label, reviewer=by.name, at=using.clock())
    act = Act.of(
        by, "review_decided", f"prediction:{item.prediction_id}", review.reviewed_at, label=label.value
    )
    using.reviews.decide(review, act=act)
    return review


def undo_review(*, by: Actor, using: Reviewing) -> PredictionId | None:
    """Take the latest decision back: one of the last ten."""
    by.require(Right.REVIEW)
    act = Act.of(by, "review_undone", "latest", using.clock())
    return using.reviews.undo(by.name, act=act)
