"""Where "this is not a tyre" begins."""

from __future__ import annotations

import numpy as np

from tyreloop.learning.judging.tyre_limits import gaussian_check, linear_check
from tyreloop.vision.answer import novelty, strangeness
from tyreloop.vision.card import Card, GaussianTyreCheck, InputSpec, LinearTyreCheck, TyreCheck
from tyreloop.vision.engine import RawAnswer


def test_no_more_tyres_than_allowed_lie_beyond_the_line() -> None:
    scores = np.random.default_rng(0).normal(-4, 1, 1000)
    among_them = linear_check(np.ones(3), 0.5, of_tyres=scores, of_others=scores - 1, refused=0.01)
    assert 0 < (scores > among_them.limit).sum() <= 10
    apart = linear_check(np.ones(3), 0.5, of_tyres=scores, of_others=scores + 10, refused=0.01)
    assert among_them.limit < apart.limit < 5, "further where there is room"


def test_what_lies_far_from_every_tyre_is_strange() -> None:
    dice = np.random.default_rng(1)
    tyres = (dice.normal(0, 1, (400, 6)) * [3, 2, 1, 1, 0.5, 0.1] + 5).astype(np.float32)
    check = gaussian_check(tyres, refused=0.02)
    strange = np.array([strangeness(tyre, check) > check.limit for tyre in tyres])
    assert 0 < strange.mean() <= 0.025
    assert strangeness(tyres[0] + np.array([0, 0, 0, 0, 0, 3], np.float32), check) > check.limit


def novelty_of(embedding: list[float], check: TyreCheck | None) -> float | None:
    card = Card(input=InputSpec(height=64, width=64), tyre_check=check, files={})
    raw = RawAnswer(np.zeros((1, 2), np.float32), embedding=np.array([embedding], np.float32))
    return novelty(raw, card)


def test_novelty_is_one_where_a_photo_counts_as_no_tyre_and_less_before() -> None:
    line = LinearTyreCheck(weights=(1.0, 0.0), bias=0.0, limit=2.0)
    assert [novelty_of([score, 0], line) for score in (-80, 0, 2, 90)] == [0.0, 0.2384, 1.0, 1.0]
    cloud = GaussianTyreCheck(mean=(1.0, 1.0), whitening=((1.0, 0.0), (0.0, 1.0)), limit=2.0)
    assert [novelty_of([1 + far, 1], cloud) for far in (0, 1, 2, 9)] == [0.0, 0.5, 1.0, 1.0]
    assert novelty_of([1, 1], None) is None


def test_a_card_holds_few_numbers_even_for_wide_embeddings() -> None:
    wide = np.random.default_rng(2).normal(0, 1, (200, 500)).astype(np.float32)
    check = gaussian_check(wide, refused=0.02)
    assert len(check.whitening) == 24
    assert len(check.mean) == 500
