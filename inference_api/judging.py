"""One photo of one request: wait for a slot, judge, count."""

from __future__ import annotations

from dataclasses import dataclass

from inference_api.bodies import HeatmapBody, PredictionBody
from inference_api.callers import flag, line_of_caller, request_id, visitor
from inference_api.services import Services
from tyreloop.adapters.model_shelf import ShelfClassifier
from tyreloop.domain.photos import Source, UploadedPhoto, Visitor
from tyreloop.ports import Inspection
from tyreloop.use_cases.photos import classify_photo


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, taken from the request once: a streamed answer outlives it."""

    visitor: Visitor
    line: str
    request_id: str
    source: Source
    keep_photo: bool
    is_demo: bool


def caller(source: Source) -> Caller:
    keep_photo, is_demo = flag("keep_photo", otherwise=True), flag("demo", otherwise=False)
    return Caller(visitor(), line_of_caller(), request_id(), source, keep_photo, is_demo)


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer as it goes out, and the time of each stage."""

    body: PredictionBody
    stages_ms: dict[str, float]

    def without_heatmap(self) -> Judged:
        """What is worth remembering for a retry: thousands of pictures would not fit."""
        return Judged(self.body.model_copy(update={"heatmap": None}), self.stages_ms)


def judge_photo(
    photo: UploadedPhoto, *, by: Caller, explained: bool, using: Services, overlay: bool = True
) -> Judged:
    """Judge a photo in its turn."""
    with using.admission.slot(by.line) as waited:
        classifier = ShelfClassifier(using.shelf, alone=using.admission.is_quiet)
        prediction = classify_photo(
            photo,
            by=by.visitor,
            source=by.source,
            request_id=by.request_id,
            keep_photo=by.keep_photo,
            is_demo=by.is_demo,
            using=Inspection(classifier, using.log, using.clock),
        )
        heatmap = HeatmapBody.of(classifier, overlay=overlay) if explained else None
    using.metrics.count_prediction(prediction)
    body = PredictionBody.of(prediction, demo_model=classifier.model.card.demo, heatmap=heatmap)
    return Judged(body, {"queue": waited * 1e3, **prediction.verdict.timings_ms})
