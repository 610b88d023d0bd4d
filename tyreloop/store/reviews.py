"""The review queue in Postgres: each answer in one pair of hands at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.domain.damage import in_order, outline_in
from tyreloop.domain.datasets import MAX_BITS_APART
from tyreloop.domain.errors import Conflict
from tyreloop.domain.feedback import Label, Spot
from tyreloop.domain.photos import Answer, ModelRef, PhotoId, PredictionId, Visitor
from tyreloop.domain.reviews import (
    HELD_FOR,
    SKIPPED_FOR,
    LookAlike,
    Review,
    ReviewCounts,
    ReviewItem,
    ReviewSource,
)
from tyreloop.domain.staff import Act
from tyreloop.store.db import Row, Table, queries, write_act
from tyreloop.store.photos import id_of, seen_kinds


class PostgresReviews(Table):
    """Answers that wait for a reviewer, and what was decided."""

    def take(self, reviewer: str, *, at_most: int, at: datetime) -> Sequence[ReviewItem]:
        who = {"reviewer": reviewer, "at_most": at_most, "now": at, "until": at + HELD_FOR}

        def take(connection: Connection) -> list[dict[str, Any]]:
            queries.renew_claims(connection, **who)
            queries.claim_reviews(connection, **who)
            return list(queries.claimed_reviews(connection, **who))

        # Each statement for itself: the last one sees what others decided while this one was claiming.
        return [_item_of(row) for row in self._database.ask(take)]

    def decide(self, review: Review, *, act: Act) -> None:
        """Keep a decision; raises Conflict when the reviewer does not hold the answer any more."""
        self._change(
            queries.decide_review,
            act,
            refused=Conflict("Somebody else has this photo now."),
            prediction_id=review.prediction_id,
            label=review.label.value,
            decision=review.decision.value,
            reviewer=review.reviewer,
            reviewed_at=review.reviewed_at,
            source=review.source.value,
            kinds=list(review.kinds),
        )

    def skip(self, prediction_id: PredictionId, reviewer: str, *, at: datetime) -> None:
        """Leave it to others for a day."""
        until = at + SKIPPED_FOR
        self._ask(queries.skip_review, prediction_id=prediction_id, reviewer=reviewer, until=until)

    def undo(self, reviewer: str, *, act: Act) -> PredictionId | None:
        at = act.happened_at

        def undo(connection: Connection) -> PredictionId | None:
            row = queries.undo_review(connection, reviewer=reviewer, at=at, until=at + HELD_FOR)
            if row is None:
                return None
            write_act(connection, act)
            return id_of(row["prediction_id"])

        return self._database.run(undo)

    def counts(self, reviewer: str, *, since: datetime) -> ReviewCounts:
        row = self._ask(queries.count_reviews, reviewer=reviewer, since=since)
        return ReviewCounts(row["waiting"], row["done_today"], row["seconds_each"])

    def look_alikes(self, photo_id: PhotoId, fingerprint: int, *, limit: int) -> Sequence[LookAlike]:
        which = {"photo_id": photo_id, "fingerprint": fingerprint}

        def look(connection: Connection) -> list[dict[str, Any]]:
            queries.keep_fingerprint(connection, **which)
            return list(queries.look_alikes(connection, **which, most_bits=MAX_BITS_APART, at_most=limit))

        rows = sorted(self._database.ask(look), key=lambda row: int(row["bits_apart"]))
        return [LookAlike(PhotoId(row["photo_id"]), Label(row["label"])) for row in rows]

    def audited(self, *, since: datetime) -> tuple[int, int]:
        row = self._ask(queries.audited, since=since)
        return row["right_ones"], row["answers"]


def _item_of(row: Row) -> ReviewItem:
    return ReviewItem(
        prediction_id=id_of(row["prediction_id"]),
        photo_id=PhotoId(row["photo_id"]),
        visitor=Visitor(row["visitor"]),
        model=ModelRef(row["model_name"], row["model_version"]),
        answer=Answer(row["answer"]),
        probabilities=row["probabilities"],
        source=ReviewSource(row["source"]),
        waiting_since=row["waiting_since"],
        is_disliked=row["is_disliked"],
        novelty=row["novelty"],
        label=Label(row["label"]) if row["label"] else None,
        spot=Spot(row["spot_x"], row["spot_y"]) if row["spot_x"] is not None else None,
        kinds=in_order(row["kinds"] or ()),
        seen_kinds=tuple(seen.kind for seen in seen_kinds(row["seen_kinds"]) if seen.is_sure),
        outline=outline_in(row["outline"]),
    )
