"""A photo in, a verdict out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from inference_api.bodies import HeatmapBody, PredictionBody
from inference_api.callers import flag, given_key, line_of_caller, visitor
from inference_api.context import answer, services
from inference_api.judging import Judged, caller, judge_photo
from inference_api.overrun import PATHS_OF_PHOTOS
from inference_api.uploads import read_photo
from tyreloop.adapters.model_shelf import ShelfClassifier
from tyreloop.domain.errors import InvalidRequest, ModelVersionNotFound
from tyreloop.domain.photos import Prediction, PredictionId, Source, UploadedPhoto
from tyreloop.use_cases.photos import read_prediction
from tyreloop.vision.heatmap import explain, overlay_png

routes = Blueprint("predictions", __name__)
NO_MAP = "The model that judged this photo has no map."


@routes.post(PATHS_OF_PHOTOS[0])
@routes.post(PATHS_OF_PHOTOS[1])
def create_prediction() -> ResponseReturnValue:
    """Judge the photo with the model in Production."""
    by, explained = caller(_source()), flag("explain", otherwise=False)
    overlay, photo = flag("overlay", otherwise=True), read_photo()
    judged, again = _once(
        photo,
        lambda: judge_photo(photo, by=by, explained=explained, overlay=overlay, using=services()),
    )
    response = answer(judged.body, 200 if again else 201)
    response.headers["Server-Timing"] = ", ".join(
        f"{name};dur={ms:.1f}" for name, ms in judged.stages_ms.items()
    )
    return response


@routes.get("/v1/predictions/<prediction_id>")
def show_prediction(prediction_id: str) -> ResponseReturnValue:
    """A prediction of the visitor's own, as it was answered."""
    return answer(PredictionBody.of(_own(prediction_id)))


@routes.get("/v1/predictions/<prediction_id>/heatmap.png")
def draw_heatmap(prediction_id: str) -> ResponseReturnValue:
    """The photo with the evidence for a defect on it, as long as the model that judged it serves."""
    with _judged_again(_own(prediction_id)) as classifier:
        seen = classifier.examination
        heatmap = explain(seen, classifier.model) if seen else None
    if seen is None or heatmap is None:
        raise ModelVersionNotFound(NO_MAP)
    return Response(overlay_png(heatmap, seen.picture), mimetype="image/png")


@routes.get("/v1/predictions/<prediction_id>/heatmap")
def show_heatmap(prediction_id: str) -> ResponseReturnValue:
    """The same evidence as numbers."""
    with _judged_again(_own(prediction_id)) as classifier:
        heatmap = HeatmapBody.of(classifier, overlay=False)
    if heatmap is None:
        raise ModelVersionNotFound(NO_MAP)
    return answer(heatmap)


@contextmanager
def _judged_again(prediction: Prediction) -> Iterator[ShelfClassifier]:
    """The photo before the same model once more, in its turn; nothing is written down."""
    kept = UploadedPhoto(services().photos.get(prediction.photo_id))
    with services().admission.slot(line_of_caller()):
        classifier = ShelfClassifier(services().shelf)
        if classifier.model.ref != prediction.model:
            raise ModelVersionNotFound("The model that judged this photo does not serve any more.")
        classifier.judge(kept)
        yield classifier


def _own(prediction_id: str) -> Prediction:
    services().log.hurry(PredictionId(prediction_id))
    return read_prediction(
        PredictionId(prediction_id), by=visitor(), predictions=services().feedback.predictions
    )


def _once(photo: UploadedPhoto, make: Callable[[], Judged]) -> tuple[Judged, bool]:
    key = given_key()
    if key is None:
        return make(), False
    return services().replays.once((visitor(), key), photo.id, make, lean=Judged.without_heatmap)


def _source() -> Source:
    said = request.args.get("source", Source.API)
    if said not in (Source.API, Source.UI):
        raise InvalidRequest("source is api or ui.")
    return Source(said)
