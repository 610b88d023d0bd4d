"""A photo in, a verdict out; the verdict again, and its evidence."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from inference_api.callers import KEY, address, admission_key, given_key, visitor
from inference_api.judging import DEMO, KEEP_PHOTO, RECORD, caller, draw, heatmap_of, judge_photo
from inference_api.load_shedder import PATHS_OF_PHOTOS
from inference_api.parameters import choice, flag
from inference_api.replays import Judged
from inference_api.routing import Body, Moment, Routes, answer
from inference_api.services import services
from inference_api.uploads import BYTES, PHOTO_CONTENT, read_photo
from tyreloop.domain.damage import DamageKind, SeenKind, Urgency
from tyreloop.domain.errors import ModelVersionNotFound
from tyreloop.domain.photos import (
    Answer,
    Prediction,
    PredictionId,
    Source,
    UnsureReason,
    UnusableReason,
    UploadedPhoto,
    View,
)
from tyreloop.domain.staff import Right
from tyreloop.models.shelf import ShelfClassifier
from tyreloop.use_cases.photos import erase_photo, kept_photo, read_prediction
from tyreloop.vision.heatmap import Heatmap

routes = Routes(Right.INSPECT)
Share = Annotated[float, Field(ge=0, le=1)]
NO_MAP = "The model that judged this photo has no map."
SOURCE = choice("source", "Through which door the photo came in.", (Source.API, Source.UI))
EXPLAIN = flag("explain", "Whether to add the heatmap.", default=False)
OVERLAY = flag(
    "overlay",
    "Whether the heatmap comes drawn on the photo too; without it the answer comes sooner.",
    default=True,
)


class ModelBody(Body):
    """The model that answered."""

    name: str
    version: int


class SpotBody(Body):
    """A place on the photo, as shares of its width and height."""

    x: Share
    y: Share


class HeatmapBody(Body):
    """Where the model looked, and whether covering that place changes its mind."""

    grid: list[list[float]] = Field(description="Rows from top to bottom, 0 to 1 on a fixed scale.")
    overlay_png: str | None = Field(
        None, description="The photo with the heat on it, PNG in base64; left out with `overlay=false`."
    )
    hottest: SpotBody
    quiet: bool = Field(description="Whether nothing stands out.")
    covered_probability: float | None = Field(
        None, description="Probability of a defect with the hottest area covered."
    )
    moved: bool | None = Field(None, description="Whether covering it lowered the probability for real.")

    @staticmethod
    def of(heatmap: Heatmap, overlay_png: bytes | None = None) -> HeatmapBody:
        proof = heatmap.proof
        return HeatmapBody(
            grid=[[round(float(cell), 3) for cell in row] for row in heatmap.grid],
            overlay_png=b64encode(overlay_png).decode() if overlay_png else None,
            hottest=SpotBody(x=heatmap.hottest[0], y=heatmap.hottest[1]),
            quiet=heatmap.quiet,
            covered_probability=proof.covered_probability if proof else None,
            moved=proof.moved if proof else None,
        )


class KindBody(Body):
    """What the model says about one kind of damage that its card lets it speak of."""

    kind: DamageKind
    says: Literal["yes", "not_sure"] = Field(
        description="`not_sure` never means that it is not there; a kind that may not speak is left out."
    )
    probability: Share

    @staticmethod
    def of(seen: SeenKind) -> KindBody:
        says: Literal["yes", "not_sure"] = "yes" if seen.is_sure else "not_sure"
        return KindBody(kind=seen.kind, says=says, probability=seen.probability)


class PredictionBody(Body):
    """One answer about one photo."""

    id: str
    answer: Answer
    reason: UnusableReason | UnsureReason | None = Field(
        description="Why it is unusable; `unfamiliar`: unsure, for it is unlike all that was learned from."
    )
    probabilities: dict[str, float]
    predicted_class: str = Field(description="The class the model leans to; the original service's field.")
    model: ModelBody
    demo_model: bool = Field(
        description="Whether a demonstration model answered; its card says what it learned from."
    )
    timings_ms: dict[str, float]
    photo_id: str
    kinds: list[KindBody] = Field([], description="Of a damaged tyre: the kinds that the model may speak of.")
    urgency: Urgency | None = Field(
        None, description="Of a damaged tyre: what to do, by the most urgent kind that is there."
    )
    outline: list[list[tuple[Share, Share]]] = Field(
        [],
        description="Of a damaged tyre: closed lines around the damage, each of [x, y] as shares of the "
        "photo's width and height.",
    )
    view: View | None = Field(
        None, description="From where the photo was taken, as far as the model can tell."
    )
    novelty: float | None = Field(
        None,
        description="How little the photo looks like tyres that the model knows; at 1 it counts as none.",
    )
    made_at: Moment
    kept: bool = Field(
        True,
        description="Whether the answer is kept: if not, the disk is full, and nobody can speak of it later.",
    )
    photo_kept: bool = Field(
        True,
        description="Whether the photo is kept: not if you said no, if it could not be judged, if you showed "
        "more than is kept in a day, or if there is no room for it.",
    )
    heatmap: HeatmapBody | None = None

    @staticmethod
    def of(
        prediction: Prediction, *, kept: bool = True, heatmap: HeatmapBody | None = None
    ) -> PredictionBody:
        verdict = prediction.verdict
        return PredictionBody(
            id=prediction.id,
            answer=verdict.answer,
            reason=verdict.reason,
            probabilities=dict(verdict.probabilities),
            predicted_class=verdict.likeliest_class,
            model=ModelBody(name=prediction.model.name, version=prediction.model.version),
            demo_model=prediction.model.demo,
            timings_ms=dict(verdict.timings_ms),
            photo_id=prediction.photo_id,
            kinds=[KindBody.of(seen) for seen in verdict.kinds],
            urgency=verdict.urgency,
            outline=[list(line) for line in verdict.outline],
            view=verdict.view,
            novelty=verdict.novelty,
            made_at=prediction.made_at,
            kept=kept,
            photo_kept=prediction.keep_photo,
            heatmap=heatmap,
        )


photo_in = partial(
    routes.route,
    "POST",
    answer=PredictionBody,
    status=(201, 200),
    takes=PHOTO_CONTENT,
    parameters=(SOURCE, EXPLAIN, OVERLAY, KEEP_PHOTO, DEMO, RECORD, KEY),
    max_bytes=None,
)


@photo_in(PATHS_OF_PHOTOS[0], name="predict", text="The short name of the same.")
@photo_in(PATHS_OF_PHOTOS[1])
def create_prediction() -> Response:
    """Judge a photo: multipart `file`, or the raw bytes with an image content type.

    `?explain=true` adds the heatmap, `&overlay=false` leaves its picture out; `?demo=true` is for trying and
    never counted; `?keep_photo=false` lets the photo be stored nowhere, `?record=false` the answer too;
    `Idempotency-Key` makes a retry safe, which is answered without the heatmap.
    """
    by, explained = caller(Source(SOURCE())), EXPLAIN()
    overlay, photo = OVERLAY(), read_photo()
    judged, again = _once(
        photo,
        lambda: judge_photo(photo, by=by, wants_heatmap=explained, overlay=overlay, using=services()),
    )
    response = answer(body_of(judged), 200 if again else 201)
    response.headers["Server-Timing"] = ", ".join(
        f"{name};dur={ms:.1f}" for name, ms in judged.stages_ms.items()
    )
    return response


@routes.route("GET", "/v1/predictions/<prediction_id>", PredictionBody)
def get_prediction(prediction_id: str) -> PredictionBody:
    """A prediction of the caller's own, as it was answered."""
    return PredictionBody.of(_own(prediction_id))


@routes.route("DELETE", "/v1/predictions/<prediction_id>/photo", None, status=204)
def delete_photo(prediction_id: str) -> None:
    """Delete the photo, and everything of the caller's that hangs from it: answers, votes, corrections."""
    services().log.flush(PredictionId(prediction_id))
    erase_photo(PredictionId(prediction_id), by=visitor(), using=services().stores)


@routes.route("GET", "/v1/predictions/<prediction_id>/heatmap", HeatmapBody)
def get_heatmap(prediction_id: str) -> HeatmapBody:
    """Where on the photo the model saw a defect, and whether covering that place changes its mind."""
    with _judged_again(_own(prediction_id)) as (_, heatmap):
        return HeatmapBody.of(heatmap)


@routes.route("GET", "/v1/predictions/<prediction_id>/heatmap.png", ("image/png", BYTES))
def draw_heatmap(prediction_id: str) -> Response:
    """The same drawn on the photo, as long as the model that judged it serves."""
    with _judged_again(_own(prediction_id)) as (classifier, heatmap):
        return Response(draw(heatmap, classifier), mimetype="image/png")


def body_of(judged: Judged) -> PredictionBody:
    heatmap = HeatmapBody.of(judged.heatmap, judged.overlay_png) if judged.heatmap else None
    return PredictionBody.of(judged.prediction, kept=judged.kept, heatmap=heatmap)


@contextmanager
def _judged_again(prediction: Prediction) -> Iterator[tuple[ShelfClassifier, Heatmap]]:
    """The photo before the same model once more, in its turn; nothing is written down."""
    kept = UploadedPhoto(kept_photo(prediction, photos=services().stores.photos))
    with services().admission.slot(admission_key(), address=address(), heavy=True):
        classifier = ShelfClassifier(services().shelf, limits=services().photo_limits)
        if classifier.model.ref != prediction.model:
            raise ModelVersionNotFound("The model that judged this photo does not serve any more.")
        classifier.judge(kept)
        heatmap = heatmap_of(classifier)
        if heatmap is None:
            raise ModelVersionNotFound(NO_MAP)
        yield classifier, heatmap


def _own(prediction_id: str) -> Prediction:
    services().log.flush(PredictionId(prediction_id))
    return read_prediction(
        PredictionId(prediction_id), by=visitor(), predictions=services().stores.predictions
    )


def _once(photo: UploadedPhoto, make: Callable[[], Judged]) -> tuple[Judged, bool]:
    key = given_key()
    if key is None:
        return make(), False
    return services().replays.once((visitor(), key), photo.id, make)
