"""A photo in, a verdict out."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from inference_api.bodies import HeatmapBody, PredictionBody
from inference_api.callers import line_of_caller, request_id, visitor
from inference_api.context import answer, services
from inference_api.uploads import read_photo
from tyreloop.adapters.model_shelf import ShelfClassifier
from tyreloop.domain.errors import InvalidRequest
from tyreloop.domain.prediction import Prediction, PredictionId, Source
from tyreloop.ports import Inspection
from tyreloop.use_cases.classify_photo import classify_photo
from tyreloop.use_cases.read_prediction import read_prediction

routes = Blueprint("predictions", __name__)


@routes.post("/predict")
@routes.post("/v1/predictions")
def create_prediction() -> ResponseReturnValue:
    """Judge the photo with the model in Production."""
    using = services()
    source, explained = _source(), _flag("explain")
    using.admission.require_room()
    photo = read_photo()
    with using.admission.slot(line_of_caller()) as waited:
        classifier = ShelfClassifier(using.shelf)
        prediction = classify_photo(
            photo,
            by=visitor(),
            source=source,
            request_id=request_id(),
            using=Inspection(classifier, using.log, using.clock),
        )
        heatmap = HeatmapBody.of(classifier) if explained else None
    using.metrics.count_prediction(prediction)
    body = PredictionBody.of(prediction, demo_model=classifier.model.card.demo, heatmap=heatmap)
    return _timed(answer(body, 201), prediction, waited)


@routes.get("/v1/predictions/<prediction_id>")
def show_prediction(prediction_id: str) -> ResponseReturnValue:
    """A prediction of the visitor's own, as it was answered."""
    prediction = read_prediction(
        PredictionId(prediction_id), by=visitor(), predictions=services().feedback.predictions
    )
    return answer(PredictionBody.of(prediction))


def _source() -> Source:
    said = request.args.get("source", Source.API)
    if said not in (Source.API, Source.UI):
        raise InvalidRequest("source is api or ui.")
    return Source(said)


def _flag(name: str) -> bool:
    said = request.args.get(name, "false").lower()
    if said not in ("true", "false", "1", "0"):
        raise InvalidRequest(f"{name} is true or false.")
    return said in ("true", "1")


def _timed(response: Response, prediction: Prediction, waited: float) -> Response:
    stages = {"queue": waited * 1e3, **prediction.verdict.timings_ms}
    response.headers["Server-Timing"] = ", ".join(f"{name};dur={ms:.1f}" for name, ms in stages.items())
    return response
