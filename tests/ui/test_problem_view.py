"""Whatever is refused says why, in the visitor's language."""

from __future__ import annotations

import pytest

from inference_api.problems import UNFORESEEN_CODE
from streamlit_ui.texts import Language, Texts, details_in
from streamlit_ui.view_models.problem import ProblemView
from tests.ui.test_texts import HANGUL, gaps
from tyreloop.domain import errors
from tyreloop.domain.datasets import require_enough_to_train
from tyreloop.domain.errors import Conflict, InvalidRequest, NameTaken, StoreUnavailable, TyreloopError


def every_code() -> list[str]:
    """Of all errors that the service answers with, and of what pages say beside them."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return sorted({kind.code for kind in kinds} | {UNFORESEEN_CODE, "http_error", "api_away", "api_slow"})


@pytest.mark.parametrize("code", every_code())
def test_every_code_has_a_sentence_in_both_languages(code: str, english: Texts, korean: Texts) -> None:
    assert f"problem.{code}" in english
    assert f"problem.{code}" in korean


def too_few_photos() -> TyreloopError:
    with pytest.raises(InvalidRequest) as refused:
        require_enough_to_train("spring", [])
    return refused.value


@pytest.mark.parametrize(
    "error",
    [
        Conflict("Version 7 is not promoted: it misses more damage."),
        InvalidRequest("A password has 12 to 128 characters."),
        NameTaken("There is a dataset spring already, and datasets never change."),
        too_few_photos(),
    ],
)
def test_what_the_house_says_reaches_the_page(error: TyreloopError, english: Texts, korean: Texts) -> None:
    assert ProblemView.of(error, english, megabytes=20).sentence == str(error)
    said = ProblemView.of(error, korean, megabytes=20).sentence
    assert HANGUL.search(said)
    assert said != korean(f"problem.{error.code}")


def test_a_sentence_nobody_put_into_korean_is_told_by_its_code(korean: Texts) -> None:
    assert ProblemView.of(Conflict("Quite another thing."), korean, megabytes=20).sentence == korean(
        "problem.conflict"
    )


def test_reading_during_an_outage_says_nothing_of_keeping(english: Texts) -> None:
    away = StoreUnavailable("away")
    assert "read" in ProblemView.of(away, english, megabytes=20, is_read=True).sentence
    assert "kept" in ProblemView.of(away, english, megabytes=20).sentence


def test_the_korean_sentences_have_the_gaps_of_the_english_ones() -> None:
    details = details_in(Language.KOREAN)
    assert [english for english, korean in details.items() if not gaps(korean) <= gaps(english)] == []
