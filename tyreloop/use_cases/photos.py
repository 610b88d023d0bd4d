"""Photos: answer one, look at the answer again, delete it."""

from __future__ import annotations

from tyreloop.domain.errors import PhotoNotFound, PredictionNotFound
from tyreloop.domain.photos import (
    Answer,
    Prediction,
    PredictionId,
    Source,
    UploadedPhoto,
    Visitor,
    new_prediction_id,
)
from tyreloop.domain.staff import Actor, Right
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.ports import Inspection, Predictions
from tyreloop.use_cases.stores import Stores


def classify_photo(
    photo: UploadedPhoto,
    *,
    by: Visitor,
    source: Source,
    request_id: str,
    using: Inspection,
    keep_photo: bool = True,
    is_demo: bool = False,
) -> Prediction:
    """Judge a photo with the model in Production; what comes of it is kept nowhere yet.

    A photo that cannot be judged never is: anybody can show anything.
    """
    model, verdict = using.classifier.judge(photo)
    return Prediction(
        id=new_prediction_id(),
        photo_id=photo.id,
        photo_bytes=len(photo.data),
        visitor=by,
        model=model,
        verdict=verdict,
        source=source,
        made_at=using.clock(),
        request_id=request_id,
        keep_photo=keep_photo and verdict.answer is not Answer.UNUSABLE,
        is_demo=is_demo,
    )


def read_prediction(prediction_id: PredictionId, *, by: Visitor, predictions: Predictions) -> Prediction:
    """The visitor's own prediction; another's looks the same as none."""
    prediction = predictions.get(prediction_id)
    if prediction is None or prediction.visitor != by:
        raise PredictionNotFound("There is no such prediction of yours.")
    return prediction


def read_as_staff(prediction_id: PredictionId, *, by: Actor, predictions: Predictions) -> Prediction:
    """Anybody's prediction, for those who review."""
    by.require(Right.REVIEW)
    prediction = predictions.get(prediction_id)
    if prediction is None:
        raise PredictionNotFound("There is no such prediction.")
    return prediction


def kept_photo(prediction: Prediction, *, photos: ObjectPhotoStore) -> bytes:
    """The photo of an answer if its visitor let us keep it: nobody learns that another showed the same."""
    if not prediction.keep_photo:
        raise PhotoNotFound("The photo is not in the store.")
    return photos.get(prediction.photo_id)


def erase_photo(prediction_id: PredictionId, *, by: Visitor, using: Stores) -> None:
    """Delete the visitor's photo: its rows first, so that nothing names a photo that is gone."""
    erased = using.erasures.erase(prediction_id, by)
    if erased.orphan is not None:
        using.photos.delete(erased.orphan)
