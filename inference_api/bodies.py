"""What goes in and out as JSON: the same types make the OpenAPI document."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tyreloop.adapters.model_shelf import ShelfClassifier
from tyreloop.domain.feedback import MAX_COMMENT_CHARACTERS, Correction, Label, Spot, Vote, VoteReason
from tyreloop.domain.photos import Answer, Prediction, UnusableReason
from tyreloop.ports import Delivery
from tyreloop.vision.heatmap import explain, overlay_png

Share = Annotated[float, Field(ge=0, le=1)]


class Body(BaseModel):
    """A JSON object with exactly these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    def of(classifier: ShelfClassifier, *, overlay: bool) -> HeatmapBody | None:
        """The heatmap of the photo that was just judged; drawing it takes longer than judging."""
        seen = classifier.examination
        heatmap = explain(seen, classifier.model) if seen else None
        if seen is None or heatmap is None:
            return None
        return HeatmapBody(
            grid=[[round(float(cell), 3) for cell in row] for row in heatmap.grid],
            overlay_png=b64encode(overlay_png(heatmap, seen.picture)).decode() if overlay else None,
            hottest=SpotBody(x=heatmap.hottest[0], y=heatmap.hottest[1]),
            quiet=heatmap.quiet,
            covered_probability=heatmap.proof.covered_probability if heatmap.proof else None,
            moved=heatmap.proof.moved if heatmap.proof else None,
        )


class PredictionBody(Body):
    """One answer about one photo."""

    id: str
    answer: Answer
    reason: UnusableReason | None
    probabilities: dict[str, float]
    predicted_class: str = Field(description="The class the model leans to; the original service's field.")
    model: ModelBody
    demo_model: bool = Field(description="Whether a demonstration model answered, trained on drawn tyres.")
    timings_ms: dict[str, float]
    photo_id: str
    made_at: datetime
    heatmap: HeatmapBody | None = None

    @staticmethod
    def of(
        prediction: Prediction, *, demo_model: bool = False, heatmap: HeatmapBody | None = None
    ) -> PredictionBody:
        verdict = prediction.verdict
        return PredictionBody(
            id=prediction.id,
            answer=verdict.answer,
            reason=verdict.reason,
            probabilities=dict(verdict.probabilities),
            predicted_class=verdict.likeliest_class,
            model=ModelBody(name=prediction.model.name, version=prediction.model.version),
            demo_model=demo_model,
            timings_ms=dict(verdict.timings_ms),
            photo_id=prediction.photo_id,
            made_at=prediction.made_at,
            heatmap=heatmap,
        )


class VoteBody(Body):
    """Like or dislike, with chips and a comment if the visitor wants to say more."""

    liked: bool
    reasons: list[VoteReason] = []
    comment: str = Field("", max_length=MAX_COMMENT_CHARACTERS)

    @staticmethod
    def of(vote: Vote) -> VoteBody:
        return VoteBody(liked=vote.liked, reasons=sorted(vote.reasons), comment=vote.comment)


class CorrectionBody(Body):
    """The right label, and where the defect is."""

    label: Label
    spot: SpotBody | None = None

    @staticmethod
    def of(correction: Correction) -> CorrectionBody:
        spot = correction.spot
        return CorrectionBody(label=correction.label, spot=SpotBody(x=spot.x, y=spot.y) if spot else None)

    def domain_spot(self) -> Spot | None:
        return Spot(self.spot.x, self.spot.y) if self.spot else None


class DeliveryBody(Body):
    """Where what was said is safe now."""

    delivery: Delivery


class ModelStatusBody(Body):
    """The model that serves, and what the service knows of the registry."""

    name: str | None
    serving: int | None
    wanted: int | None = Field(description="The version in Production, as of the last look.")
    conflict_with: int | None = Field(description="A stage that names another version than the alias.")
    refused: dict[int, str] = Field(description="Versions that failed a check, and why.")
    registry_answers: bool | None
    looked_at: datetime | None
    swapped_at: datetime | None
    demo_model: bool | None
    classes: list[str] | None
    metrics: dict[str, object] | None


class ProblemBody(Body):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str


class BatchLine(Body):
    """One photo of a batch: its prediction, or what went wrong with it."""

    name: str
    prediction: PredictionBody | None = None
    problem: ProblemBody | None = None
