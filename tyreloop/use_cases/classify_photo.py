"""Answer a photo, and let the answer be kept."""

from __future__ import annotations

from tyreloop.domain.photo import UploadedPhoto
from tyreloop.domain.prediction import Prediction, Source, new_prediction_id
from tyreloop.domain.visitor import Visitor
from tyreloop.ports import Inspection


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
    """Judge a photo with the model in Production; recording it never makes the answer wait."""
    model, verdict = using.classifier.judge(photo)
    prediction = Prediction(
        id=new_prediction_id(),
        photo_id=photo.id,
        photo_bytes=len(photo.data),
        visitor=by,
        model=model,
        verdict=verdict,
        source=source,
        made_at=using.clock(),
        request_id=request_id,
        keep_photo=keep_photo,
        is_demo=is_demo,
    )
    using.log.record(prediction, photo)
    return prediction
