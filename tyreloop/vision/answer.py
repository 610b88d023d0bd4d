"""What a graph said, what the photo's quality is, and what the card allows: one honest verdict."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tyreloop.domain.damage import DamageKind, SeenKind
from tyreloop.domain.photos import Answer, UnsureReason, UnusableReason, Verdict, View
from tyreloop.vision.card import Card, KindLine, LinearTyreCheck, TyreCheck
from tyreloop.vision.engine import RawAnswer
from tyreloop.vision.quality import Quality, reason_against

Vector = NDArray[np.float32]


def to_verdict(raw: RawAnswer, quality: Quality, card: Card) -> Verdict:
    """Calibrated probabilities and one of four answers for the first photo of a batch."""
    probabilities = calibrated(raw.logits[0], card)
    reason = reason_against(quality, card.quality) or _not_a_tyre(raw, card)
    answer = Answer.UNUSABLE if reason else _answer(probabilities, raw, card)
    unsure = UnsureReason.UNFAMILIAR if answer is Answer.UNSURE and is_unfamiliar(raw, card) else None
    return Verdict(
        answer=answer,
        probabilities=probabilities,
        reason=reason or unsure,
        novelty=novelty(raw, card),
        kinds=kinds_in(raw, card) if answer is Answer.DEFECTIVE else (),
        view=None if reason else view_of(raw, card),
    )


def calibrated(logits: Vector, card: Card) -> dict[str, float]:
    """A probability for each class: the logits at the card's temperature."""
    scaled = logits.astype(np.float64) / card.temperature
    shares = np.exp(scaled - scaled.max())
    return dict(zip(card.classes, (shares / shares.sum()).tolist(), strict=True))


def strangeness(embedding: Vector, check: TyreCheck) -> float:
    """How little a photo looks like a tyre; above the check's limit it is none."""
    if isinstance(check, LinearTyreCheck):
        return float(embedding @ np.asarray(check.weights) + check.bias)
    centred = embedding - np.asarray(check.mean)
    return float(np.linalg.norm(np.asarray(check.whitening) @ centred))


def novelty(raw: RawAnswer, card: Card) -> float | None:
    """The same from 0 to 1, comparable between versions: 1 at the check's limit and beyond."""
    check = card.tyre_check
    if check is None or raw.embedding is None:
        return None
    strange = strangeness(raw.embedding[0], check)
    if isinstance(check, LinearTyreCheck):
        share = 2 / (1 + np.exp(np.clip(check.limit - strange, -50, 50)))  # the line's numbers are logits
    else:
        share = strange / check.limit if check.limit > 0 else 1.0
    return round(float(np.clip(share, 0, 1)), 4)


def _not_a_tyre(raw: RawAnswer, card: Card) -> UnusableReason | None:
    if card.tyre_check is None or raw.embedding is None:
        return None
    strange = strangeness(raw.embedding[0], card.tyre_check) > card.tyre_check.limit
    return UnusableReason.NOT_A_TYRE if strange else None


def view_of(raw: RawAnswer, card: Card) -> View | None:
    """From where the photo was taken, as far as the graph can tell."""
    if raw.view is None or not card.views:
        return None
    name = card.views[int(raw.view[0].argmax())]
    return View(name) if name in list(View) else None


def is_unfamiliar(raw: RawAnswer, card: Card) -> bool:
    """Far from all lessons: whatever the graph says about it was never tried."""
    if card.least_familiar is None or raw.familiarity is None:
        return False
    return float(raw.familiarity[0]) < card.least_familiar


def kinds_in(raw: RawAnswer, card: Card) -> tuple[SeenKind, ...]:
    """What the graph says about each kind of damage that may speak; of all others it is silent."""
    if raw.kinds is None:
        return ()
    scores = zip(card.kinds, raw.kinds[0].tolist(), strict=True)
    return tuple(
        _seen(line, score) for line, score in scores if line.speaks and line.name in list(DamageKind)
    )


def _seen(line: KindLine, score: float) -> SeenKind:
    probability = 1 / (1 + np.exp(-np.clip(line.slope * score + line.offset, -50, 50)))
    return SeenKind(DamageKind(line.name), round(float(probability), 4), is_sure=score >= line.above)


def _answer(probabilities: dict[str, float], raw: RawAnswer, card: Card) -> Answer:
    likeliest = max(probabilities, key=lambda name: probabilities[name])
    view = view_of(raw, card)
    own = [limit.above for limit in card.sure_limits if (limit.view, limit.answer) == (view, likeliest)]
    sure = probabilities[likeliest] >= (own[0] if own else card.sure_above)
    return Answer(likeliest) if sure and not is_unfamiliar(raw, card) else Answer.UNSURE
