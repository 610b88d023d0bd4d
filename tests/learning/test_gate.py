"""The gate: what passes, what is refused, what a person must decide, and how often it errs."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gate import CHANGED, outcomes
from tyreloop.models.gate import (
    Answers,
    Decision,
    Margins,
    Outcome,
    decide,
    mcnemar,
    paired_interval,
    photos_needed,
    read_margins,
    sentences,
)
from tyreloop.shipped import EXAM

TEXTS = Path(__file__).parents[2] / "tyreloop" / "models"


def said(right: list[bool], *, sure: bool = True, claimed: float = 0.9) -> Answers:
    return Answers(np.array(right), np.full(len(right), sure), np.full(len(right), claimed))


def compared(good: tuple[int, int], defective: tuple[int, int], *, of: int, sure: bool = True) -> Decision:
    """Of `of` photos each, the first so many right (candidate, Production)."""
    flags = [[n < hits for n in range(of)] for hits in (*good, *defective)]
    kinds = ["good"] * of + ["defective"] * of
    now, before = said(flags[0] + flags[2], sure=sure), said(flags[1] + flags[3])
    return decide(kinds, [""] * (2 * of), now, before)


def test_the_candidate_of_the_walk_that_is_sure_of_nothing_is_refused() -> None:
    """26 damaged and 35 good photos: right 42 of 61 against 51, false alarms 16 against 4, sure of none."""
    kinds = ["defective"] * 26 + ["good"] * 35
    now = said([True] * 23 + [False] * 3 + [True] * 19 + [False] * 16, sure=False, claimed=0.6)
    before = said([False] * 6 + [True] * 20 + [True] * 31 + [False] * 4)
    found = decide(kinds, [""] * 61, now, before)
    assert found.outcome is Outcome.REFUSED
    assert any("fewer useful answers" in line for line in sentences(found.reasons))


def test_a_model_that_answers_nothing_is_refused_though_it_leans_the_right_way() -> None:
    found = compared((60, 60), (60, 60), of=60, sure=False)
    assert found.outcome is Outcome.REFUSED
    assert [reason["say"] for reason in found.reasons] == ["useful_answers_worse"]


def test_a_much_better_model_passes_even_a_small_exam() -> None:
    assert compared((6, 0), (6, 0), of=6).outcome is Outcome.PASSED


def test_one_more_missed_tyre_does_not_refuse_it_is_too_few_to_tell() -> None:
    found = compared((35, 9), (20, 21), of=35)
    assert found.outcome is Outcome.UNDECIDED
    line = sentences(found.reasons)[0]
    assert "too small" in line
    assert f"about {found.reasons[0]['needed']} damaged tyres" in line


def test_an_exam_that_is_large_enough_refuses_what_is_not_shown_to_be_as_good() -> None:
    found = compared((1800, 1800), (1700, 1800), of=2000)
    assert (found.outcome, found.reasons[0]["say"]) == (Outcome.REFUSED, "missed_damage_worse")


def test_a_source_that_got_much_worse_refuses_a_model_that_is_better_elsewhere() -> None:
    of = 400
    kinds, sources = ["good", "defective"] * of, ["phone"] * 100 + ["garage"] * (2 * of - 100)
    before = [n % 5 != 0 for n in range(2 * of)]
    now = [n % 4 != 0 if n < 100 else True for n in range(2 * of)]
    now = [value and not (n < 100 and n % 3 == 0) for n, value in enumerate(now)]
    found = decide(kinds, sources, said(now), said(before))
    assert found.outcome is Outcome.REFUSED
    assert {reason["of"] for reason in found.reasons if reason["say"] == "source_worse"} == {"phone"}
    assert "the photos of phone" in " ".join(sentences(found.reasons))


def test_a_model_that_claims_more_than_it_keeps_is_refused() -> None:
    right = [n % 10 != 0 for n in range(1000)]
    kinds = ["good", "defective"] * 500
    found = decide(kinds, [""] * 1000, said(right, claimed=1.0), said(right, claimed=0.9))
    assert [reason["say"] for reason in found.reasons] == ["overconfidence_worse"]


@pytest.mark.parametrize("refused", ["not_a_tyre", "unusable"])
def test_what_must_be_refused_counts_too(refused: str) -> None:
    kinds = [refused] * 100 + ["good", "defective"] * 100
    now, before = said([False] * 60 + [True] * 240), said([True] * 300)
    found = decide(kinds, [""] * 300, now, before)
    assert {reason["say"]: reason["of"] for reason in found.reasons} == {"source_worse": refused}


@pytest.mark.parametrize(
    ("right", "sure", "passes"), [(28, True, True), (15, True, False), (28, False, False)]
)
def test_a_first_model_must_beat_a_floor(right: int, sure: bool, passes: bool) -> None:
    flags = [n < right for n in range(30)]
    found = decide(["good"] * 30 + ["defective"] * 30, [""] * 60, said(flags * 2, sure=sure), None)
    assert (found.outcome is Outcome.PASSED) is passes
    assert passes or "A first model must" in sentences(found.reasons)[0]


def test_without_a_question_nothing_passes() -> None:
    assert decide([], [], said([]), said([])).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(("better_by", "outcome", "low", "high"), [
    (-0.03, Outcome.PASSED, 0.0, 0.05),
    (0.0, Outcome.PASSED, 0.95, 1.0),
    (0.03, Outcome.PASSED, 0.80, 1.0),
])  # fmt: skip
def test_the_gate_keeps_to_its_stated_errors(
    better_by: float, outcome: Outcome, low: float, high: float
) -> None:
    """A hundred pairs here; `python -m benchmarks.gate` asks two thousand."""
    each = round(photos_needed(CHANGED, Margins().missed_damage) * 1.15)
    assert low <= outcomes(100, each, better_by, seed=7)[outcome] / 100 <= high


def test_a_small_exam_calls_hardly_any_equal_candidate_worse() -> None:
    assert outcomes(200, 100, 0.0, seed=7)[Outcome.REFUSED] / 200 <= 0.05


def test_mcnemar_looks_only_at_the_photos_that_changed() -> None:
    assert mcnemar(0, 0) == 1
    assert mcnemar(5, 5) == 1
    assert mcnemar(0, 10) == pytest.approx(2 / 1024)


def test_mcnemar_stays_exact_with_thousands_of_changed_photos() -> None:
    assert mcnemar(512, 512) == 1
    assert mcnemar(700, 800) == pytest.approx(0.01056, abs=1e-5)
    assert mcnemar(0, 20_000) == 0


@pytest.mark.parametrize(("photos", "fixed", "broke"), [(30, 0, 0), (30, 30, 0), (30, 0, 30), (500, 12, 40)])
def test_an_interval_holds_what_was_seen(photos: int, fixed: int, broke: int) -> None:
    low, high = paired_interval(photos, fixed, broke)
    assert -1 <= low <= (fixed - broke) / photos <= high <= 1


def test_the_recipe_of_the_exam_says_what_holds_by_default(tmp_path: Path) -> None:
    assert read_margins(EXAM) == Margins() == read_margins(tmp_path / "none.toml")
    (tmp_path / "own.toml").write_text("[margins]\nmissed_damage = 0.01\n")
    assert read_margins(tmp_path / "own.toml") == Margins(missed_damage=0.01)


def test_every_sentence_stands_in_both_languages_with_the_same_values() -> None:
    english, korean = (tomllib.loads((TEXTS / f"gate_{one}.toml").read_text("utf-8")) for one in ("en", "ko"))
    assert set(english) == set(korean)
    reasons = compared((35, 9), (20, 21), of=35).reasons
    assert str(reasons[0]["needed"]) in sentences(reasons, "ko")[0]
    for name, text in english.items():
        gaps = {part.split("}")[0].split(":")[0] for part in text.split("{")[1:]}
        assert gaps == {part.split("}")[0].split(":")[0] for part in korean[name].split("{")[1:]}, name
