"""A correction's way in words, honest about what has not happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.receipt import compared, steps_of
from tests.contract.people import a_verdict, at
from tyreloop.domain.feedback import Correction, Label, Placement, Receipt, ReceivedReview
from tyreloop.domain.photos import Answer, ModelRef, Prediction

MakePrediction = Callable[..., Prediction]


def receipt_for(prediction: Prediction, label: Label = Label.GOOD) -> Correction:
    return Correction(prediction.id, prediction.visitor, label, at(1))


def test_what_has_not_happened_is_waited_for(a_prediction: MakePrediction, english: Texts) -> None:
    steps = steps_of(Receipt(receipt_for(a_prediction())), english, UTC)
    assert [step.is_done for step in steps] == [True, False, False, False]
    assert "2026-11-01 12:01" in steps[0].sentence


def test_a_reviewer_who_disagrees_is_quoted(a_prediction: MakePrediction, english: Texts) -> None:
    review = ReceivedReview(False, Label.DEFECTIVE, at(2))
    steps = steps_of(Receipt(receipt_for(a_prediction()), review), english, UTC)
    assert "The tyre is damaged" in steps[1].sentence


def test_an_exam_question_is_never_said_to_be_learned(a_prediction: MakePrediction, english: Texts) -> None:
    review = ReceivedReview(True, Label.GOOD, at(2))
    placement = Placement("autumn", is_lesson=False, frozen_at=at(3))
    steps = steps_of(Receipt(receipt_for(a_prediction()), review, placement), english, UTC)
    assert steps[3].sentence == english("receipt.learned_exam")


def test_what_cannot_be_told_or_used_is_not_waited_for(a_prediction: MakePrediction, english: Texts) -> None:
    placement = Placement("autumn", is_lesson=True, frozen_at=at(3))
    for label, placed in ((Label.UNKNOWN, None), (Label.UNUSABLE, placement)):
        receipt = Receipt(receipt_for(a_prediction()), ReceivedReview(False, label, at(2)), placed)
        steps = steps_of(receipt, english, UTC)
        assert all(step.is_done for step in steps)
        assert "to learn from" not in steps[2].sentence
        assert steps[3].sentence == english(f"receipt.learned_{label}")


def test_a_lesson_names_the_version_that_learned_it(a_prediction: MakePrediction, korean: Texts) -> None:
    review = ReceivedReview(True, Label.GOOD, at(2))
    placement = Placement("autumn", is_lesson=True, frozen_at=at(3))
    steps = steps_of(Receipt(receipt_for(a_prediction()), review, placement, 7), korean, UTC)
    assert all(step.is_done for step in steps)
    assert "7" in steps[3].sentence


def test_the_review_and_the_run_are_named(a_prediction: MakePrediction, english: Texts) -> None:
    review = ReceivedReview(True, Label.GOOD, at(2), id=12)
    placement = Placement("autumn", is_lesson=True, frozen_at=at(3))
    receipt = Receipt(receipt_for(a_prediction()), review, placement, 7, "0123456789abcdef")
    steps = steps_of(receipt, english, UTC, mlflow_pages="https://mlflow.example")
    assert steps[1].sentence.endswith("(Review no. 12.)")
    assert "[01234567](https://mlflow.example/#/runs/0123456789abcdef)" in steps[3].sentence
    assert "](" not in steps_of(receipt, english, UTC)[3].sentence


def test_another_version_than_the_one_that_learned_says_so(
    a_prediction: MakePrediction, english: Texts
) -> None:
    then = a_prediction()
    now = a_prediction(model=ModelRef("tyre-defect", 4))
    line = compared(then, now, Receipt(receipt_for(then), learned_by=7), english)
    assert line.endswith("Version 4 answers now; it is version 7 that has learned from your photo.")
    assert "learned" not in compared(then, now, Receipt(receipt_for(then), learned_by=4), english)


def test_the_comparison_is_honest(a_prediction: MakePrediction, english: Texts) -> None:
    then = a_prediction()
    receipt = Receipt(receipt_for(then))
    newer = ModelRef("tyre-defect", 4)
    wrong = a_prediction(model=newer)
    right = a_prediction(model=newer, verdict=a_verdict(Answer.GOOD))
    assert compared(then, a_prediction(), receipt, english) == english("receipt.same_model")
    assert compared(then, wrong, receipt, english) == english("receipt.still_wrong")
    assert compared(then, right, receipt, english) == english("receipt.right_now")


def test_a_photo_that_is_not_kept_waits_for_nobody(a_prediction: MakePrediction, english: Texts) -> None:
    steps = steps_of(Receipt(receipt_for(a_prediction())), english, UTC, is_kept=False)
    assert [step.is_done for step in steps] == [True, True]
    assert steps[1].sentence == english("receipt.not_kept")
