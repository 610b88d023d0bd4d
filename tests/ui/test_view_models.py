"""Banners, heat and problems: what a page says when something is missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from streamlit_ui.browser.chunks import DRAWN_LATER, chunks
from streamlit_ui.texts import Texts
from streamlit_ui.view_models.banners import HouseState, ModelStatus, banners_of
from streamlit_ui.view_models.heat import HeatView
from streamlit_ui.view_models.problem import ProblemView
from tyreloop.client import ApiProblem, Heat
from tyreloop.domain.errors import StoreUnavailable
from tyreloop.domain.photos import Prediction

REAL, DEMO, NONE = (
    ModelStatus(4, is_demo=False),
    ModelStatus(1, is_demo=True),
    ModelStatus(None, is_demo=False),
)


@pytest.mark.parametrize(
    ("state", "keys"),
    [
        (HouseState(REAL, database_answers=True), []),
        (HouseState(DEMO, database_answers=True), []),
        (HouseState(NONE, database_answers=True), ["degraded.no_model"]),
        (HouseState(ModelStatus(4, False, registry_answers=False), True), ["degraded.registry"]),
        (HouseState(None, database_answers=False), ["degraded.api", "degraded.database"]),
    ],
)
def test_each_part_that_is_away_is_named(state: HouseState, keys: list[str], english: Texts) -> None:
    banners = banners_of(state, english)
    assert list(banners.away) == [english(key) for key in keys]
    assert banners.demo == (english("demo.banner") if state.model == DEMO else "")


def heat(*, quiet: bool = False, moved: bool | None = True) -> Heat:
    return Heat(((0.0, 1.0),), (0.75, 0.5), is_quiet=quiet, moved=moved)


def test_a_place_that_decides_is_shown(a_prediction: Callable[..., Prediction], english: Texts) -> None:
    assert HeatView.of(a_prediction(), heat(), english).grid == ((0.0, 1.0),)


@pytest.mark.parametrize("unreliable", [heat(moved=False), heat(quiet=True, moved=None)])
def test_a_place_that_decides_nothing_is_not_shown(
    unreliable: Heat, a_prediction: Callable[..., Prediction], english: Texts
) -> None:
    view = HeatView.of(a_prediction(), unreliable, english)
    assert view.grid is None
    assert view.line == english("heat.no_reason")


def test_a_problem_has_a_sentence_and_its_request(english: Texts) -> None:
    view = ProblemView.of(ApiProblem("photo_too_large", "req-7"), english, megabytes=20.0)
    assert "20 MB" in view.sentence
    assert "req-7" in view.request_id


def test_an_unknown_problem_is_still_a_sentence(english: Texts) -> None:
    assert ProblemView.of(ApiProblem("teapot", "req-8"), english, megabytes=20).sentence
    assert ProblemView.of(StoreUnavailable("away"), english, megabytes=20).request_id == ""


def test_view_models_know_no_streamlit() -> None:
    program = (
        "import sys, pkgutil, importlib, streamlit_ui.view_models as them;"
        "names = [module.name for module in pkgutil.iter_modules(them.__path__)];"
        "[importlib.import_module(f'{them.__name__}.{name}') for name in names];"
        "sys.exit('streamlit' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_what_a_page_draws_later_is_fetched_ahead() -> None:
    assert {name.partition(".")[0] for name in chunks()} == set(DRAWN_LATER)
