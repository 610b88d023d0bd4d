"""Hand a reviewer the answers that are worth their time most."""

from __future__ import annotations

from collections.abc import Sequence

from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.review import ReviewItem
from tyreloop.domain.staff import Actor, Right
from tyreloop.loop_ports import Reviewing

AHEAD = 3  # the one on the screen and two whose photos are fetched meanwhile


def take_reviews(*, by: Actor, using: Reviewing, at_most: int = AHEAD) -> Sequence[ReviewItem]:
    """What this reviewer looks at now and next; nobody else is handed the same."""
    by.require(Right.REVIEW)
    return using.reviews.take(by.name, at_most=at_most, at=using.clock())


def skip_review(prediction_id: PredictionId, *, by: Actor, using: Reviewing) -> None:
    """Leave it to somebody else."""
    by.require(Right.REVIEW)
    using.reviews.skip(prediction_id, by.name, at=using.clock())
