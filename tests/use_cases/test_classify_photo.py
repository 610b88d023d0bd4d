"""A photo is judged, and the answer says by which model."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from tests.fakes import FakePredictions
from tyreloop.domain.errors import NoProductionModel, PredictionNotFound
from tyreloop.domain.photos import Answer, ModelRef, Source, UnusableReason, UploadedPhoto, Verdict, Visitor
from tyreloop.ports import Inspection
from tyreloop.use_cases.photos import classify_photo, read_prediction

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ALICE, BOB = Visitor("alice"), Visitor("bob")
PHOTO = UploadedPhoto(b"a tyre")


class AlwaysDefective:
    def judge(self, photo: UploadedPhoto) -> tuple[ModelRef, Verdict]:
        return ModelRef("tyre-defect", 7), Verdict(Answer.DEFECTIVE, {"good": 0.1, "defective": 0.9})


class NeverATyre:
    def judge(self, photo: UploadedPhoto) -> tuple[ModelRef, Verdict]:
        return ModelRef("tyre-defect", 7), Verdict(Answer.UNUSABLE, {}, UnusableReason.NOT_A_TYRE)


class NoModel:
    def judge(self, photo: UploadedPhoto) -> tuple[ModelRef, Verdict]:
        raise NoProductionModel("No model is ready yet.")


def test_the_answer_names_photo_model_visitor_and_moment() -> None:
    using = Inspection(AlwaysDefective(), clock=lambda: NOON)
    prediction = classify_photo(PHOTO, by=ALICE, source=Source.UI, request_id="r1", using=using)
    assert prediction.answer is Answer.DEFECTIVE
    assert prediction.photo_id == sha256(b"a tyre").hexdigest()
    assert (prediction.model.version, prediction.visitor, prediction.made_at) == (7, ALICE, NOON)


def test_a_photo_that_cannot_be_judged_is_not_kept() -> None:
    for classifier, keeps in ((AlwaysDefective(), True), (NeverATyre(), False)):
        using = Inspection(classifier, clock=lambda: NOON)
        prediction = classify_photo(PHOTO, by=ALICE, source=Source.UI, request_id="r1", using=using)
        assert prediction.keep_photo is keeps


def test_without_a_model_there_is_no_answer() -> None:
    using = Inspection(NoModel(), clock=lambda: NOON)
    with pytest.raises(NoProductionModel):
        classify_photo(PHOTO, by=ALICE, source=Source.UI, request_id="r1", using=using)


def test_a_prediction_of_another_visitor_looks_like_none() -> None:
    predictions = FakePredictions()
    using = Inspection(AlwaysDefective(), clock=lambda: NOON)
    prediction = classify_photo(PHOTO, by=ALICE, source=Source.UI, request_id="r1", using=using)
    predictions.add(prediction)
    assert read_prediction(prediction.id, by=ALICE, predictions=predictions) == prediction
    with pytest.raises(PredictionNotFound):
        read_prediction(prediction.id, by=BOB, predictions=predictions)


def test_an_unusable_photo_has_a_reason_and_no_other_answer_has_one() -> None:
    with pytest.raises(ValueError, match="reason"):
        Verdict(Answer.UNUSABLE, {"good": 1.0})
    with pytest.raises(ValueError, match="reason"):
        Verdict(Answer.GOOD, {"good": 1.0}, reason=UnusableReason.TOO_DARK)
