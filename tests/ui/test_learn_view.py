"""What the Learn page says before an order, and of each one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.learn import JobView, OrderView, in_order, result_line
from tests.contract.people import at
from tyreloop.domain.datasets import Lessons
from tyreloop.domain.orders import Order, OrderState, new_order_id
from tyreloop.learning.plan import Duration, duration_of, pace_of
from tyreloop.learning.recipe import Recipe, read_recipe
from tyreloop.shipped import RECIPES, require_files

ORDERS = {"recipe": "demo", "dataset": None, "start": None}
JOB = Order(new_order_id(), "training", ORDERS, "user:sue", at(0))
SHIPPED = {file.stem: read_recipe(file) for file in require_files(RECIPES, "*.toml")}
ENOUGH, ONE_SIDED = Lessons(30, 20, 6, 4), Lessons(30, 0, 6, 0)


@pytest.mark.parametrize("name", SHIPPED)
def test_each_recipe_says_what_it_is_for_in_both_languages(english: Texts, korean: Texts, name: str) -> None:
    recipe = SHIPPED[name]
    said = {OrderView.of(recipe, ENOUGH, None, say).purpose for say in (english, korean)}
    assert len(said) == 2
    assert recipe.description not in said
    assert duration_of(recipe, 40, earlier=(), answer_milliseconds=10) is not None


def test_what_one_wants_most_comes_first() -> None:
    assert in_order(["resnet18", "demo", "own", "lite0"]) == ["lite0", "demo", "own", "resnet18"]


def test_too_few_photos_are_told_before_the_order(english: Texts, korean: Texts) -> None:
    recipe = SHIPPED["lite0"]
    assert OrderView.of(recipe, ENOUGH, None, english).problem == ""
    assert "30 good and 0 damaged to learn from" in OrderView.of(recipe, ONE_SIDED, None, english).problem
    assert OrderView.of(recipe, ONE_SIDED, None, korean).problem
    assert OrderView.of(recipe, None, None, english).problem == english("learn.draws_nothing")
    assert "5,000 tyres" in OrderView.of(SHIPPED["demo"], None, None, english).lines[0]


def test_how_long_it_takes_says_how_it_is_known(english: Texts) -> None:
    def takes(duration: Duration | None) -> str:
        return OrderView.of(SHIPPED["lite0"], ENOUGH, duration, english).lines[-1]

    assert takes(Duration(700, is_measured=True)).startswith("It takes about **12 min** here, measured")
    assert takes(Duration(9000, is_measured=False)).startswith(
        "It takes roughly **2.5 h** here (perhaps half"
    )
    assert takes(None) == english("learn.takes_unknown")


def test_a_duration_comes_from_trainings_here_and_else_from_how_fast_answers_are() -> None:
    lite0 = SHIPPED["lite0"]
    pace = pace_of(lite0, lessons=100, passes=8, seconds=160)
    earlier = [replace(JOB, state=OrderState.DONE, result={"version": 2, "pace": pace})]

    def seconds(recipe: Recipe, **known: object) -> tuple[float, bool]:
        found = duration_of(recipe, 200, **{"earlier": (), "answer_milliseconds": None, **known})  # type: ignore[arg-type]
        assert found is not None
        return found.seconds, found.is_measured

    assert seconds(lite0, earlier=earlier) == (60 + 200 * 8 * 0.2, True)
    larger, is_measured = seconds(SHIPPED["resnet50"], earlier=earlier)
    assert not is_measured
    assert larger > 10 * 200 * 8 * 0.2
    assert seconds(lite0, answer_milliseconds=10)[0] < seconds(lite0, answer_milliseconds=20)[0]
    own = lite0.model_copy(update={"name": "own", "network": lite0.network.model_copy(update={"name": "x"})})
    assert duration_of(own, 200, earlier=earlier, answer_milliseconds=10) is None


@pytest.mark.parametrize(
    ("state", "can_stop", "can_retry"),
    [
        (OrderState.QUEUED, True, False),
        (OrderState.RUNNING, True, False),
        (OrderState.DONE, False, False),
        (OrderState.PARKED, False, True),
        (OrderState.CANCELLED, False, True),
    ],
)
def test_only_what_makes_sense_can_be_done_with_a_job(
    korean: Texts, state: OrderState, can_stop: bool, can_retry: bool
) -> None:
    view = JobView.of(replace(JOB, state=state), korean, UTC)
    assert (view.can_stop, view.can_retry) == (can_stop, can_retry)


def test_progress_is_a_share_of_the_epochs(english: Texts) -> None:
    progress = {"done": 3, "total": 12, "seconds_left": 400}
    running = replace(JOB, state=OrderState.RUNNING, progress=progress)
    assert JobView.of(running, english, UTC).share == 0.25
    assert JobView.of(running, english, UTC).pace == "25% · about 7 min left"
    learned = {**progress, "figures": {"held_out_accuracy": 0.91}}
    pace = JobView.of(replace(running, progress=learned), english, UTC).pace
    assert pace == "25% · about 7 min left · right on 91% of the photos held out"
    begins = replace(running, progress={"stage": "installing"})
    assert JobView.of(begins, english, UTC).pace == "0% · packages are being fetched, once"
    assert JobView.of(JOB, english, UTC).pace == "0%"
    assert JobView.of(JOB, english, UTC).share == 0.0
    assert JobView.of(JOB, english, UTC).title.endswith(
        "**demo** on drawn tyres, ordered 2026-11-01 12:00 by sue"
    )


def test_what_came_of_a_job_is_one_line(english: Texts) -> None:
    exam = {"fixed": 4, "broke": 1, "outcome": "refused", "reasons": [{"say": "not_examined"}]}
    done = replace(JOB, state=OrderState.DONE, result={"version": 7, "exam": exam})
    said = (
        "Version **7** · refused · 4 exam photos fixed, 1 broken. It was not examined: hold the exam first."
    )
    assert result_line(done, english) == said
    failed = replace(JOB, state=OrderState.FAILED, error="too few photos")
    assert result_line(failed, english) == "Error: too few photos"
    assert result_line(JOB, english) == ""
