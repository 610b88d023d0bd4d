"""Kinds of damage: named where the card lets them speak, outlined where the map sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vision.bundles import DARK, SIDE, jpeg_of, write_bundle, write_bundle_with_kinds
from tests.vision.test_heatmap import photo_with_dark_corner
from tyreloop.domain.damage import DamageKind, Urgency
from tyreloop.domain.photos import Answer, UnsureReason, Verdict, View
from tyreloop.vision.answer import to_verdict
from tyreloop.vision.bundle import LoadedModel, load_bundle
from tyreloop.vision.card import Card, InputSpec, KindLine
from tyreloop.vision.engine import RawAnswer
from tyreloop.vision.heat import outline_of
from tyreloop.vision.pipeline import examine, judge
from tyreloop.vision.quality import Quality

LINES = (
    KindLine(name="crack", above=0.5, slope=2.0, offset=-1.0, speaks=True),
    KindLine(name="bulge", above=0.5, speaks=True),
    KindLine(name="nail", above=0.5, speaks=False),
    KindLine(name="scorch", above=0.5, speaks=True),
)
SHARP = Quality(mean_luma=120, sharpness=50, short_side=400)


def verdict_of(card: Card, *, damage: float = 4.0, familiarity: float = 0.9) -> Verdict:
    """What is said of a photo with a crack, a nail, and something that we have no word for."""
    raw = RawAnswer(
        logits=np.array([[-damage, damage]], np.float32),
        kinds=np.array([[1.0, 0.0, 3.0, 3.0]], np.float32),
        view=np.array([[0.0, 0.0, 2.0, 0.0]], np.float32),
        familiarity=np.array([familiarity], np.float32),
    )
    return to_verdict(raw, SHARP, card)


@pytest.fixture
def card(model: LoadedModel) -> Card:
    views = ("close_up", "tread", "sidewall", "whole")
    return model.card.model_copy(update={"kinds": LINES, "views": views, "least_familiar": 0.5})


def test_the_kinds_that_may_speak_are_named_with_their_probability(card: Card) -> None:
    verdict = verdict_of(card)

    said = [(seen.kind, round(seen.probability, 2), seen.is_sure) for seen in verdict.kinds]
    assert said == [(DamageKind.CRACK, 0.73, True), (DamageKind.BULGE, 0.5, False)]
    assert verdict.named_kinds == (DamageKind.CRACK,)
    assert (verdict.view, verdict.urgency) == (View.SIDEWALL, Urgency.SOON)


def test_a_card_that_lets_no_kind_speak_leaves_it_at_damage(card: Card) -> None:
    silent = tuple(line.model_copy(update={"speaks": False}) for line in LINES)

    for lines in (silent, ()):
        mute = card.model_copy(update={"kinds": lines})
        raw = RawAnswer(np.array([[-4, 4]], np.float32), kinds=np.full((1, len(lines)), 9, np.float32))
        verdict = to_verdict(raw, SHARP, mute)
        assert (verdict.answer, verdict.kinds) == (Answer.DEFECTIVE, ())
        assert verdict.urgency is Urgency.NOW  # of a damage without a name


def test_a_bundle_with_kinds_is_served_whole(tmp_path: Path) -> None:
    model = load_bundle(write_bundle_with_kinds(tmp_path / "kinds"), 1)

    assert judge(jpeg_of(DARK), model).named_kinds == (DamageKind.CRACK,)
    mute = write_bundle_with_kinds(
        tmp_path / "mute", kinds=[line.model_copy(update={"speaks": False}) for line in model.card.kinds]
    )
    assert judge(jpeg_of(DARK), load_bundle(mute, 2)).kinds == ()


def test_only_a_damage_has_kinds(card: Card) -> None:
    for damage in (-4.0, 0.1):
        verdict = verdict_of(card, damage=damage)
        assert (verdict.kinds, verdict.urgency) == ((), None)


def test_a_photo_unlike_all_lessons_is_unsure_for_that_reason(card: Card) -> None:
    far, near = verdict_of(card, familiarity=0.4), verdict_of(card, damage=0.1)

    assert (far.answer, far.reason, far.kinds) == (Answer.UNSURE, UnsureReason.UNFAMILIAR, ())
    assert (near.answer, near.reason) == (Answer.UNSURE, None)


@pytest.mark.parametrize("fit", ["squash", "letterbox", "crop"])
def test_the_outline_goes_around_the_damage(tmp_path: Path, fit: Any) -> None:
    spec = InputSpec(height=SIDE, width=SIDE, fit=fit)
    model = load_bundle(write_bundle(tmp_path / fit, input=spec), 1)
    seen = examine(photo_with_dark_corner(), model)

    outline = outline_of(seen.raw, model.card, seen.picture.size)

    assert len(outline) == 1
    x, y = np.array(outline[0]).T
    assert 0.4 < x.min() < 0.6
    assert 0.4 < y.min() < 0.6
    assert min(x.max(), y.max()) > 0.7
    assert max(x.max(), y.max()) <= 1


def test_what_is_damaged_everywhere_is_framed_as_a_whole(model: LoadedModel) -> None:
    verdict = judge(jpeg_of(DARK), model)

    assert len(verdict.outline) == 1
    assert 3 < len(verdict.outline[0]) <= 40
