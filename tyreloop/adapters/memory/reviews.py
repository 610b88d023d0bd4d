"""The review queue over the twins' predictions, votes and corrections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from statistics import median
from uuid import UUID

from tyreloop.adapters.memory.feedback import MemoryCorrections, MemoryPredictions, MemoryVotes
from tyreloop.adapters.memory.staff import MemoryAuditLog
from tyreloop.domain.errors import Conflict
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PhotoId, Prediction, PredictionId
from tyreloop.domain.reviews import (
    AUDIT_SHARE,
    HELD_FOR,
    SAID_AS,
    SKIPPED_FOR,
    UNDO_AT_MOST,
    LookAlike,
    Review,
    ReviewCounts,
    ReviewItem,
    ReviewSource,
    is_novel,
)
from tyreloop.domain.staff import Act

MOST_BITS_APART, ALL_BITS = 6, 2**64 - 1


class MemoryReviews:
    """The Reviews port."""

    def __init__(
        self,
        predictions: MemoryPredictions,
        votes: MemoryVotes,
        corrections: MemoryCorrections,
        audit: MemoryAuditLog,
    ) -> None:
        self._predictions = predictions
        self._votes = votes
        self._corrections = corrections
        self._audit = audit
        self._claims: dict[PredictionId, tuple[str, datetime]] = {}
        self._skips: dict[tuple[PredictionId, str], datetime] = {}
        self._made: list[Review] = []
        self._undone: set[int] = set()
        self._fingerprints: dict[PhotoId, int] = {}

    def take(self, reviewer: str, *, at_most: int, at: datetime) -> Sequence[ReviewItem]:
        ranked = sorted(self._open(), key=lambda item: (-item.value, item.waiting_since, item.prediction_id))
        held = [item for item in ranked if self._holder(item.prediction_id, at) == reviewer]
        free = [item for item in ranked if self._is_free(item.prediction_id, reviewer, at)]
        taken = (held + free)[: max(at_most, len(held))]
        for item in taken:
            self._claims[item.prediction_id] = (reviewer, at + HELD_FOR)
        return sorted(taken, key=lambda item: (-item.value, item.waiting_since, item.prediction_id))[:at_most]

    def decide(self, review: Review, *, act: Act) -> None:
        if self._claims.get(review.prediction_id, ("",))[0] != review.reviewer:
            raise Conflict("Somebody else has this photo now.")
        del self._claims[review.prediction_id]
        self._made.append(review)
        self._audit.add(act)

    def skip(self, prediction_id: PredictionId, reviewer: str, *, at: datetime) -> None:
        if self._claims.get(prediction_id, ("",))[0] == reviewer:
            del self._claims[prediction_id]
            self._skips[prediction_id, reviewer] = at + SKIPPED_FOR

    def undo(self, reviewer: str, *, act: Act) -> PredictionId | None:
        own = [place for place, review in enumerate(self._made) if review.reviewer == reviewer]
        left = [place for place in own[-UNDO_AT_MOST:] if place not in self._undone]
        if not left:
            return None
        self._undone.add(left[-1])
        prediction_id = self._made[left[-1]].prediction_id
        self._claims[prediction_id] = (reviewer, act.happened_at + HELD_FOR)
        self._audit.add(act)
        return prediction_id

    def counts(self, reviewer: str, *, since: datetime) -> ReviewCounts:
        own = [review for review in self._made if review.reviewer == reviewer][-21:]
        gaps = [(later.reviewed_at - earlier.reviewed_at).total_seconds() for earlier, later in pairwise(own)]
        done = [review for review in self._standing() if review.reviewer == reviewer]
        today = sum(review.reviewed_at >= since for review in done)
        quick = [gap for gap in gaps if gap < 300]
        return ReviewCounts(len(self._open()), today, median(quick) if quick else None)

    def look_alikes(self, photo_id: PhotoId, fingerprint: int, *, limit: int) -> Sequence[LookAlike]:
        self._fingerprints[photo_id] = fingerprint
        labels = {self._photo_of(review): review.label for review in self._standing()}
        apart = {
            other: ((value ^ fingerprint) & ALL_BITS).bit_count()
            for other, value in self._fingerprints.items()
            if other != photo_id and other in labels
        }
        near = sorted((bits, other) for other, bits in apart.items() if bits <= MOST_BITS_APART)
        return [LookAlike(other, labels[other]) for _, other in near][:limit]

    def audited(self, *, since: datetime) -> tuple[int, int]:
        drawn = [
            review
            for review in self._standing()
            if review.reviewed_at >= since
            and audit_place(review.prediction_id) < AUDIT_SHARE
            and review.label is not Label.UNKNOWN
        ]
        right = [review for review in drawn if self._answer_of(review) is SAID_AS[review.label]]
        return len(right), len(drawn)

    def standing(self) -> Sequence[Review]:
        """Every decision that was not undone, the newest last."""
        return self._standing()

    def _standing(self) -> list[Review]:
        return [review for place, review in enumerate(self._made) if place not in self._undone]

    def _photo_of(self, review: Review) -> PhotoId:
        prediction = self._predictions.get(review.prediction_id)
        return prediction.photo_id if prediction else PhotoId("")

    def _answer_of(self, review: Review) -> object:
        prediction = self._predictions.get(review.prediction_id)
        return prediction.answer if prediction else None

    def _holder(self, prediction_id: PredictionId, at: datetime) -> str | None:
        holder, until = self._claims.get(prediction_id, (None, at))
        return holder if until > at else None

    def _is_free(self, prediction_id: PredictionId, reviewer: str, at: datetime) -> bool:
        skipped_until = self._skips.get((prediction_id, reviewer), at)
        return self._holder(prediction_id, at) is None and skipped_until <= at

    def _open(self) -> list[ReviewItem]:
        items = (self._item(prediction) for prediction in self._predictions.all())
        return [item for item in items if item is not None]

    def _item(self, prediction: Prediction) -> ReviewItem | None:
        said = self._corrections.get(prediction.id, prediction.visitor)
        vote = self._votes.get(prediction.id, prediction.visitor)
        is_disliked = vote is not None and not vote.liked
        source = _source(said is not None, is_disliked, prediction)
        since = said.given_at if said else None
        if (
            source is None
            or prediction.is_demo
            or not prediction.keep_photo
            or self._is_done(prediction, since)
        ):
            return None
        return ReviewItem(
            prediction_id=prediction.id,
            photo_id=prediction.photo_id,
            visitor=prediction.visitor,
            model=prediction.model,
            answer=prediction.answer,
            probabilities=prediction.verdict.probabilities,
            source=source,
            waiting_since=since or prediction.made_at,
            is_disliked=is_disliked,
            novelty=prediction.verdict.novelty,
            label=said.label if said else None,
            spot=said.spot if said else None,
        )

    def _is_done(self, prediction: Prediction, since: datetime | None) -> bool:
        return any(
            review.prediction_id == prediction.id and (since is None or review.reviewed_at >= since)
            for review in self._standing()
        )


def _source(is_corrected: bool, is_disliked: bool, prediction: Prediction) -> ReviewSource | None:
    if is_corrected:
        return ReviewSource.CORRECTION
    if is_disliked:
        return ReviewSource.DISLIKE
    if is_novel(prediction.answer, prediction.verdict.novelty):
        return ReviewSource.NOVEL
    return ReviewSource.AUDIT if audit_place(prediction.id) < AUDIT_SHARE else None


def audit_place(prediction_id: PredictionId) -> float:
    """The place that the database's function of this name gives."""
    return int(sha256(UUID(prediction_id).bytes).hexdigest()[:8], 16) / 2**32
