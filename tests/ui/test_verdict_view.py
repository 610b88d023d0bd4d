"""A verdict in words: one sentence, a tone, what to do, and never more certainty than there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.figures import share_in_words
from streamlit_ui.view_models.verdict import Tone, VerdictView
from tyreloop.domain.damage import DamageKind, SeenKind, advice_on
from tyreloop.domain.photos import Answer, Prediction, UnusableReason, Verdict, View

MakePrediction = Callable[..., Prediction]


def judged(answer: Answer, defective: float, reason: UnusableReason | None = None) -> Verdict:
    return Verdict(answer, {"good": 1 - defective, "defective": defective}, reason, {"model": 120.0})


@pytest.mark.parametrize(
    ("answer", "tone"),
    [(Answer.GOOD, Tone.GOOD), (Answer.DEFECTIVE, Tone.BAD), (Answer.UNSURE, Tone.UNSURE)],
)
def test_each_answer_has_a_tone_with_colour_and_icon(
    answer: Answer, tone: Tone, a_prediction: MakePrediction, english: Texts
) -> None:
    view = VerdictView.of(a_prediction(verdict=judged(answer, 0.5)), english)
    assert view.tone is tone
    assert view.icon
    assert view.colour


def test_nothing_found_is_never_called_safe(a_prediction: MakePrediction, english: Texts) -> None:
    view = VerdictView.of(a_prediction(verdict=judged(Answer.GOOD, 0.001)), english)
    assert "safe" not in view.headline + view.advice
    assert "this photo" in view.headline


def test_who_is_not_sure_of_a_wheel_seen_from_afar_asks_for_one_from_near(
    a_prediction: MakePrediction, english: Texts
) -> None:
    far = replace(judged(Answer.UNSURE, 0.5), view=View.WHOLE)
    assert "Come closer" in VerdictView.of(a_prediction(verdict=far), english).advice
    near = replace(far, view=View.CLOSE_UP)
    assert "one more photo" in VerdictView.of(a_prediction(verdict=near), english).advice
    sure = replace(judged(Answer.GOOD, 0.1), view=View.WHOLE)
    assert "closer" not in VerdictView.of(a_prediction(verdict=sure), english).advice


def test_a_sure_damage_is_more_urgent_than_a_likely_one(a_prediction: MakePrediction, english: Texts) -> None:
    likely = VerdictView.of(a_prediction(verdict=judged(Answer.DEFECTIVE, 0.8)), english)
    sure = VerdictView.of(a_prediction(verdict=judged(Answer.DEFECTIVE, 0.97)), english)
    assert "workshop" in likely.advice
    assert "not drive" in sure.advice


def test_a_damage_is_named_with_its_urgency_and_what_it_means(
    a_prediction: MakePrediction, english: Texts, korean: Texts
) -> None:
    seen = SeenKind(DamageKind.BULGE, 0.9, is_sure=True), SeenKind(DamageKind.CRACK, 0.4, is_sure=False)
    damaged = a_prediction(verdict=replace(judged(Answer.DEFECTIVE, 0.7), kinds=seen))

    view = VerdictView.of(damaged, english)
    assert view.badge == ":red-badge[:material/front_hand: Now] **Bulge**"
    assert view.meaning == (advice_on(DamageKind.BULGE, "en").sentence,)
    assert "부풀어 오름" in VerdictView.of(damaged, korean).badge


def test_other_damage_stays_damage(a_prediction: MakePrediction, english: Texts) -> None:
    view = VerdictView.of(a_prediction(verdict=judged(Answer.DEFECTIVE, 0.7)), english)
    assert view.badge == ":orange-badge[:material/event_upcoming: Soon]"
    assert view.meaning == (advice_on(None, "en").sentence,)


@pytest.mark.parametrize("reason", UnusableReason)
def test_an_unusable_photo_says_why_and_how_to_retake_it(
    reason: UnusableReason, a_prediction: MakePrediction, english: Texts, korean: Texts
) -> None:
    for say in (english, korean):
        view = VerdictView.of(a_prediction(verdict=judged(Answer.UNUSABLE, 0.4, reason)), say)
        assert view.headline == say(f"verdict.{reason}.headline")
        assert view.advice
        assert view.probability == ""


def test_model_version_and_time_are_told(a_prediction: MakePrediction, english: Texts) -> None:
    view = VerdictView.of(a_prediction(verdict=judged(Answer.GOOD, 0.1)), english)
    assert view.details == "Model version 3 · answered in 0.12 s"


@pytest.mark.parametrize(("share", "words"), [(0.9999, "over 99%"), (0.0001, "under 1%"), (0.874, "87%")])
def test_a_share_never_claims_certainty(share: float, words: str, english: Texts) -> None:
    assert share_in_words(share, english) == words
