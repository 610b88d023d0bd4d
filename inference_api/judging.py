"""One photo of one request: wait for a slot, judge, count."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from inference_api.authorization import actor
from inference_api.callers import address, admission_key, request_id, visitor
from inference_api.parameters import flag
from inference_api.replays import Judged
from inference_api.services import Services
from tyreloop.domain.photos import Source, UploadedPhoto, Visitor
from tyreloop.models.shelf import ShelfClassifier
from tyreloop.ports import Inspection
from tyreloop.use_cases.photos import classify_photo
from tyreloop.vision.heatmap import Heatmap, explain, overlay_png

log = structlog.get_logger(__name__)

KEEP_PHOTO = flag(
    "keep_photo",
    "Whether we may keep the photo to improve the model; if not, it is stored nowhere.",
    default=True,
)
DEMO = flag(
    "demo",
    "Whether this is only to try the service: nothing about it is counted or reviewed.",
    default=False,
)
RECORD = flag(
    "record",
    "Whether the answer is written down; if not, it is kept nowhere and nobody can speak of it later.",
    default=True,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, taken from the request once: a streamed answer outlives it."""

    visitor: Visitor
    line: str
    address: str
    request_id: str
    source: Source
    is_known: bool
    keep_photo: bool
    is_demo: bool
    is_recorded: bool


def caller(source: Source) -> Caller:
    who = visitor(), admission_key(), address(), request_id()
    return Caller(*who, source, actor().is_known, KEEP_PHOTO(), DEMO(), RECORD())


def judge_photo(
    photo: UploadedPhoto, *, by: Caller, wants_heatmap: bool, using: Services, overlay: bool = True
) -> Judged:
    """Judge a photo in its turn, then keep it: whoever waits for the disk holds nobody's place."""
    with using.admission.slot(by.line, address=by.address, heavy=wants_heatmap and overlay) as waited:
        classifier = ShelfClassifier(using.shelf, limits=using.photo_limits, alone=using.admission.is_quiet)
        prediction = classify_photo(
            photo,
            by=by.visitor,
            source=by.source,
            request_id=by.request_id,
            keep_photo=by.keep_photo and _has_room(photo, by, using),
            is_demo=by.is_demo,
            using=Inspection(classifier, using.clock),
        )
        heatmap = explained(classifier) if wants_heatmap else None
        drawn = draw(heatmap, classifier) if overlay else None
    using.metrics.count_prediction(prediction)
    stages = {"queue": waited * 1e3, **prediction.verdict.timings_ms}
    kept = using.log.record(prediction, photo) if by.is_recorded else None
    return Judged(kept or replace(prediction, keep_photo=False), kept is not None, stages, heatmap, drawn)


def _has_room(photo: UploadedPhoto, by: Caller, using: Services) -> bool:
    """Of strangers only so much is kept a day; staff and programs with a key are known."""
    return by.is_known or using.door.has_room_for(len(photo.data), visitor=by.line, address=by.address)


def heatmap_of(classifier: ShelfClassifier) -> Heatmap | None:
    """The evidence about the photo that was just judged; finding it takes as long as judging."""
    seen = classifier.examination
    return explain(seen, classifier.model) if seen else None


def draw(heatmap: Heatmap | None, classifier: ShelfClassifier) -> bytes | None:
    """The photo with the evidence on it, as a PNG."""
    seen = classifier.examination
    return overlay_png(heatmap, seen.picture) if heatmap and seen else None


def explained(classifier: ShelfClassifier) -> Heatmap | None:
    """The answer stands without its heatmap; it can be asked for once more."""
    try:
        return heatmap_of(classifier)
    except Exception:
        log.exception("heatmap_failed")
        return None
