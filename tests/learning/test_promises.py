"""What a card promises about sure answers is kept, and nothing is promised from too few photos."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from tyreloop.learning.judging.promises import (
    NEVER,
    UNPROMISED,
    in_words,
    least_photos,
    sure_limit,
    worst_share,
)


def test_how_many_flawless_photos_a_promise_needs() -> None:
    """The figures that stand in the documentation."""
    assert least_photos(0.02) == 149
    assert least_photos(0.05) == 59
    assert least_photos(0.05, wrong=1) == 93


@pytest.mark.parametrize(("wrong", "count"), [(0, 149), (5, 523), (20, 1449), (3, 40)])
def test_the_worst_share_is_the_one_of_clopper_and_pearson(wrong: int, count: int) -> None:
    theirs = binomtest(wrong, count, alternative="less").proportion_ci(0.95, method="exact").high
    assert worst_share(wrong, count) == pytest.approx(theirs, abs=1e-6)


def test_five_of_523_and_twenty_of_1449_keep_two_percent() -> None:
    assert worst_share(5, 523) <= 0.0205
    assert worst_share(20, 1449) <= 0.0205


def _answers(dice: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    probability = dice.uniform(0.5, 1, count)
    return probability, dice.random(count) < 0.75 + probability / 4


def test_a_promise_is_broken_in_no_more_than_one_try_of_twenty() -> None:
    """For answers whose true share of wrong ones is known: 1 - (.75 + (a + 1) / 8) above a limit a."""
    dice = np.random.default_rng(7)
    broken = kept = 0
    for _ in range(300):
        limit = sure_limit("tread", "good", *_answers(dice, 400), 0.05)
        if limit.holds:
            kept += 1
            broken += 0.25 - (min(limit.above, 1.0) + 1) / 8 > 0.05
    assert kept > 100
    assert broken / 300 <= 0.07


def test_too_few_photos_are_said_in_so_many_words() -> None:
    limit = sure_limit("tread", "good", np.linspace(0.9, 1, 40), np.ones(40, bool), 0.05)
    assert not limit.holds
    assert limit.photos == 40
    assert "59 flawless real ones are the least for 5%" in in_words([limit], 0.05)[0]


def test_without_a_promise_an_answer_has_to_be_nine_in_ten_and_more_where_photos_speak_against_it() -> None:
    nothing, flawless = np.zeros(0), np.full(6, 0.8)
    assert sure_limit("whole", "good", nothing, np.zeros(0, bool), 0.05).above == UNPROMISED
    assert sure_limit("whole", "good", flawless, np.ones(6, bool), 0.05).above == UNPROMISED
    assert sure_limit("whole", "good", np.full(40, 0.8), np.ones(40, bool), 0.05).above == UNPROMISED
    wrong_below = np.linspace(1, 0.8, 40)
    assert sure_limit("whole", "good", wrong_below, wrong_below > 0.92, 0.05).above > 0.92
    many_wrong = np.tile([True, False], 20)
    assert sure_limit("whole", "good", np.full(40, 0.95), many_wrong, 0.05).above == NEVER
