"""Figures about answers, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tyreloop.domain.interval import wilson_interval
from tyreloop.learning.judging.calibration import calibrate, fit_line, fit_sureness, fit_temperature
from tyreloop.learning.judging.scores import area_under_curve, calibration_error


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 300))
def test_an_interval_holds_its_share(hits: int, misses: int) -> None:
    low, high = wilson_interval(hits, hits + misses)
    assert 0 <= low <= high <= 1
    if hits + misses:
        assert low - 1e-9 <= hits / (hits + misses) <= high + 1e-9


def test_an_interval_narrows_with_more_photos() -> None:
    few, many = wilson_interval(9, 10), wilson_interval(900, 1000)
    assert many[1] - many[0] < (few[1] - few[0]) / 5


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40))
def test_the_area_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[int, bool]]) -> None:
    score = np.array([value for value, _ in pairs], float)
    positive = np.array([flag for _, flag in pairs])
    wins = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high in score[positive]
        for low in score[~positive]
    ]
    expected = float(np.mean(wins)) if wins else 0.5
    assert area_under_curve(score, positive) == pytest.approx(expected)


def test_a_model_that_claims_what_it_keeps_has_no_calibration_error() -> None:
    claimed = np.full(1000, 0.8)
    right = np.arange(1000) % 5 != 0
    assert calibration_error(claimed, right) == pytest.approx(0, abs=1e-9)
    assert calibration_error(np.full(1000, 0.99), right) == pytest.approx(0.19, abs=1e-9)


@settings(deadline=None, max_examples=12)  # 6,000 answers each: slow on a busy machine
@given(st.floats(0.3, 3.0), st.integers(0, 99))
def test_the_temperature_that_was_put_in_is_found_again(temperature: float, seed: int) -> None:
    dice = np.random.default_rng(seed)
    true_logit = dice.normal(0, 3, 6000)
    defective = dice.random(6000) < 1 / (1 + np.exp(-true_logit))
    assert fit_temperature(true_logit * temperature, defective) == pytest.approx(temperature, rel=0.2)


def test_sure_answers_keep_to_the_stated_error() -> None:
    dice = np.random.default_rng(0)
    likeliest = dice.uniform(0.5, 1, 4000)
    correct = dice.random(4000) < likeliest
    limit = fit_sureness(likeliest, correct, 0.02)
    assert (~correct[likeliest >= limit]).mean() <= 0.02
    assert 0.9 < limit < 1


def test_nobody_is_sure_where_nothing_is_reliable() -> None:
    coin = np.arange(50) % 2 == 0
    assert fit_sureness(np.full(50, 0.99), coin, 0.02) == 1.0


def test_coverage_is_reported_with_the_error() -> None:
    score = np.concatenate([np.full(60, 4.0), np.full(60, -4.0), np.zeros(10)])
    defective = np.concatenate([np.ones(60, bool), np.zeros(60, bool), np.arange(10) % 2 == 0])
    found = calibrate(score, defective, most_error=0.02)
    assert found.error_among_sure == 0
    assert found.coverage == pytest.approx(120 / 130)


def test_the_line_of_a_kind_gives_the_probability_that_was_there() -> None:
    dice = np.random.default_rng(3)
    logit = dice.normal(-1, 2, 4000)
    there = dice.random(4000) < 1 / (1 + np.exp(-logit))
    slope, offset = fit_line((logit + 0.5) / 2, there)  # the network's scores are shifted and too small
    assert (slope, offset) == (pytest.approx(2, rel=0.1), pytest.approx(-0.5, abs=0.15))


def test_a_handful_of_photos_makes_no_kind_certain() -> None:
    slope, offset = fit_line(np.array([2.0, -2.0]), np.array([True, False]))
    assert 0.6 < 1 / (1 + np.exp(-(2 * slope + offset))) < 0.9
    assert fit_line(np.array([]), np.array([], bool)) == (1.0, 0.0)
