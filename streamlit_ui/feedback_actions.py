"""What a visitor says about an answer, kept even before the answer itself is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

from streamlit_ui.shown import Shown
from tyreloop.domain.damage import DamageKind
from tyreloop.domain.errors import PredictionNotFound
from tyreloop.domain.feedback import Correction, Delivery, IdempotencyKey, Label, Spot, Vote, VoteReason
from tyreloop.use_cases.feedback import cast_vote, correct_prediction, retract_vote, withdraw_correction
from tyreloop.use_cases.stores import Stores


def say_vote(
    on: Shown,
    *,
    liked: bool,
    using: Stores,
    reasons: frozenset[VoteReason] = frozenset(),
    comment: str = "",
) -> None:
    """Like or dislike; the answer on the screen shows it."""
    prediction, key = on.prediction, new_key()
    _keep(
        on,
        lambda: cast_vote(
            prediction.id,
            liked=liked,
            by=prediction.visitor,
            key=key,
            using=using,
            reasons=reasons,
            comment=comment,
        ),
        using,
    )
    on.vote = Vote(prediction.id, prediction.visitor, liked, using.clock(), reasons, comment)


def take_vote_back(on: Shown, *, using: Stores) -> None:
    """As if there had been no vote."""
    prediction, key = on.prediction, new_key()
    _keep(on, lambda: retract_vote(prediction.id, by=prediction.visitor, key=key, using=using), using)
    on.vote = None


def submit_label(
    on: Shown,
    *,
    label: Label,
    using: Stores,
    spot: Spot | None = None,
    kinds: tuple[DamageKind, ...] = (),
) -> None:
    """What the photo really shows."""
    prediction, key = on.prediction, new_key()
    _keep(
        on,
        lambda: correct_prediction(
            prediction.id, label=label, by=prediction.visitor, key=key, using=using, spot=spot, kinds=kinds
        ),
        using,
    )
    on.correction = Correction(prediction.id, prediction.visitor, label, using.clock(), spot, kinds)


def withdraw_label(on: Shown, *, using: Stores) -> None:
    """As if no label had been given."""
    prediction, key = on.prediction, new_key()
    _keep(on, lambda: withdraw_correction(prediction.id, by=prediction.visitor, key=key, using=using), using)
    on.correction = None


def _keep(on: Shown, act: Callable[[], Delivery], using: Stores) -> None:
    """The service writes an answer down after giving it: a quick thumb may come first and brings it along."""
    try:
        delivery = act()
    except PredictionNotFound:
        if not on.is_fresh:
            raise
        using.predictions.add(on.prediction)
        delivery = act()
    on.is_queued = delivery is Delivery.QUEUED


def recall(on: Shown, *, using: Stores) -> Shown:
    """The same answer with what was said about it before."""
    prediction = on.prediction
    return replace(
        on,
        vote=using.votes.get(prediction.id, prediction.visitor),
        correction=using.corrections.get(prediction.id, prediction.visitor),
    )


def new_key() -> IdempotencyKey:
    """One for each act of a visitor."""
    return IdempotencyKey(uuid4().hex)
