"""What lies in an outbox: one write each, as JSON, with what it takes to send it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tyreloop.domain.feedback import Correction, Label, Spot, Vote, VoteReason
from tyreloop.domain.photos import (
    Answer,
    ModelRef,
    PhotoId,
    Prediction,
    PredictionId,
    Source,
    UnusableReason,
    Verdict,
    Visitor,
)
from tyreloop.ports import IdempotencyKey


class Kind(StrEnum):
    """What a letter says."""

    PREDICTION = "prediction"
    VOTE = "vote"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Letter:
    """One write that waits; without an id it is not in the outbox yet."""

    kind: Kind
    prediction_id: PredictionId
    visitor: Visitor
    body: str
    put_at: float = 0.0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """A vote or a correction, or that it was taken back, with its moment and its key."""

    said: Vote | Correction | None
    at: datetime
    key: IdempotencyKey


def key_of(letter: Letter) -> str | None:
    """The idempotency key in a letter; a prediction's id is its own."""
    key: str | None = json.loads(letter.body).get("key")
    return key


def say_the_same(one: Letter, other: Letter) -> bool:
    """Whether two letters differ in nothing but their moment."""
    bodies = [{**json.loads(letter.body), "at": None} for letter in (one, other)]
    return one.kind == other.kind and bodies[0] == bodies[1]


def letter_of_prediction(prediction: Prediction) -> Letter:
    verdict = prediction.verdict
    body = {
        "photo_id": prediction.photo_id,
        "photo_bytes": prediction.photo_bytes,
        "model": [prediction.model.name, prediction.model.version],
        "answer": verdict.answer,
        "reason": verdict.reason,
        "probabilities": dict(verdict.probabilities),
        "timings_ms": dict(verdict.timings_ms),
        "novelty": verdict.novelty,
        "source": prediction.source,
        "made_at": prediction.made_at.isoformat(),
        "request_id": prediction.request_id,
        "is_demo": prediction.is_demo,
        "keep_photo": prediction.keep_photo,
    }
    return Letter(Kind.PREDICTION, prediction.id, prediction.visitor, json.dumps(body))


def prediction_in(letter: Letter) -> Prediction:
    body: dict[str, Any] = json.loads(letter.body)
    reason = body["reason"]
    return Prediction(
        id=letter.prediction_id,
        photo_id=PhotoId(body["photo_id"]),
        photo_bytes=body["photo_bytes"],
        visitor=letter.visitor,
        model=ModelRef(*body["model"]),
        verdict=Verdict(
            answer=Answer(body["answer"]),
            probabilities=body["probabilities"],
            reason=UnusableReason(reason) if reason else None,
            timings_ms=body["timings_ms"],
            novelty=body.get("novelty"),  # letters from before it was measured have none
        ),
        source=Source(body["source"]),
        made_at=datetime.fromisoformat(body["made_at"]),
        request_id=body["request_id"],
        is_demo=body["is_demo"],
        keep_photo=body["keep_photo"],
    )


def letter_of_vote(prediction_id: PredictionId, visitor: Visitor, word: Word) -> Letter:
    vote = word.said
    body: dict[str, Any] = {
        "key": word.key,
        "at": word.at.isoformat(),
        "liked": None,
        "reasons": [],
        "comment": "",
    }
    if isinstance(vote, Vote):
        body |= {"liked": vote.liked, "reasons": sorted(vote.reasons), "comment": vote.comment}
    return Letter(Kind.VOTE, prediction_id, visitor, json.dumps(body))


def letter_of_correction(prediction_id: PredictionId, visitor: Visitor, word: Word) -> Letter:
    correction = word.said
    body: dict[str, Any] = {"key": word.key, "at": word.at.isoformat(), "label": None, "spot": None}
    if isinstance(correction, Correction):
        spot = correction.spot
        body |= {"label": correction.label, "spot": [spot.x, spot.y] if spot else None}
    return Letter(Kind.CORRECTION, prediction_id, visitor, json.dumps(body))


def word_in(letter: Letter) -> Word:
    """The vote or the correction in a letter; none if it takes one back."""
    body: dict[str, Any] = json.loads(letter.body)
    at, key = datetime.fromisoformat(body["at"]), IdempotencyKey(body["key"])
    said = _vote_in(letter, body, at) if letter.kind is Kind.VOTE else _correction_in(letter, body, at)
    return Word(said, at, key)


def _vote_in(letter: Letter, body: dict[str, Any], at: datetime) -> Vote | None:
    if body["liked"] is None:
        return None
    reasons = frozenset(VoteReason(reason) for reason in body["reasons"])
    return Vote(letter.prediction_id, letter.visitor, body["liked"], at, reasons, body["comment"])


def _correction_in(letter: Letter, body: dict[str, Any], at: datetime) -> Correction | None:
    if body["label"] is None:
        return None
    spot = Spot(*body["spot"]) if body["spot"] else None
    return Correction(letter.prediction_id, letter.visitor, Label(body["label"]), at, spot)
