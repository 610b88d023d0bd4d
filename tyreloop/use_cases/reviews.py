"""Reviews: take what waits, decide, skip, undo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tyreloop.domain.damage import DamageKind, in_order
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PredictionId
from tyreloop.domain.reviews import Review, ReviewItem
from tyreloop.domain.staff import Act, Actor, Right, unnamed
from tyreloop.use_cases.stores import Stores

AHEAD = 3  # the one on the screen and two whose photos are fetched meanwhile


def take_reviews(*, by: Actor, using: Stores, at_most: int = AHEAD) -> Sequence[ReviewItem]:
    """What this reviewer looks at now and next; nobody else is handed the same."""
    by.require(Right.REVIEW)
    return using.reviews.take(by.name, at_most=at_most, at=using.clock())


def skip_review(prediction_id: PredictionId, *, by: Actor, using: Stores) -> None:
    """Leave it to somebody else."""
    by.require(Right.REVIEW)
    using.reviews.skip(prediction_id, by.name, at=using.clock())


def decide_review(
    item: ReviewItem, label: Label, *, by: Actor, using: Stores, kinds: Iterable[DamageKind] = ()
) -> Review:
    """Keep the label that stands, of a damage with the kinds that it has."""
    by.require(Right.REVIEW)
    review = Review.of(item, label, reviewer=by.name, at=using.clock(), kinds=in_order(kinds))
    said = {"label": label.value, **({"kinds": list(review.kinds)} if review.kinds else {})}
    about = unnamed("prediction", item.prediction_id)
    act = Act.of(by, "review_decided", about, review.reviewed_at, **said)
    using.reviews.decide(review, act=act)
    return review


def undo_review(*, by: Actor, using: Stores) -> PredictionId | None:
    """Take the latest decision back: one of the last ten."""
    by.require(Right.REVIEW)
    act = Act.of(by, "review_undone", "latest", using.clock())
    return using.reviews.undo(by.name, act=act)
