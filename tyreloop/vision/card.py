"""`card.json`: all that a bundle says about its model, so that none of it stands in code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tyreloop.domain.errors import BundleRefused

CARD_FILE = "card.json"
MODEL_FILE = "model.onnx"
MAX_BUNDLE_BYTES = 500_000_000

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class InputSpec(_Part):
    """What the graph takes; normalisation of a uint8 input is folded into the graph."""

    name: str = "input"
    layout: Literal["NHWC", "NCHW"] = "NHWC"
    dtype: Literal["uint8", "float32"] = "uint8"
    height: int = Field(ge=32, le=1024)
    width: int = Field(ge=32, le=1024)
    fit: Literal["squash", "letterbox", "crop"] = "letterbox"
    resize: Literal["bilinear"] = "bilinear"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)  # for float32 inputs only, of pixels in 0..1
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)


class OutputNames(_Part):
    """How the graph names what it gives back; a plain model has logits alone."""

    logits: str = "logits"
    map: str | None = "map"
    embedding: str | None = "embedding"
    kinds: str | None = None
    view: str | None = None

    familiarity: str | None = None

    def all(self) -> list[str]:
        """The outputs that the graph has."""
        return [name for _, name in self if name]


class LinearTyreCheck(_Part):
    """`embedding · weights + bias` above the limit: not a tyre."""

    kind: Literal["linear"] = "linear"
    weights: tuple[float, ...]
    bias: float
    limit: float


class GaussianTyreCheck(_Part):
    """Mahalanobis distance of the (projected) embedding above the limit: not a tyre."""

    kind: Literal["gaussian"] = "gaussian"
    mean: tuple[float, ...]
    whitening: tuple[tuple[float, ...], ...]  # rows: whitened directions
    limit: float


TyreCheck = Annotated[LinearTyreCheck | GaussianTyreCheck, Field(discriminator="kind")]


class SureLimit(_Part):
    """In this view, this answer is given from this probability on; and what is known about that."""

    view: str
    answer: Literal["good", "defective"]
    above: float = Field(ge=0)
    photos: int = 0
    """Real photos held out that got this answer in this view, and so surely."""
    wrong: int = 0
    at_most: float = 1.0
    """The share of wrong ones is not larger than this, with 95 % confidence."""
    holds: bool = False
    """Whether the promise was kept; else there were too few photos to promise anything."""


class KindLine(_Part):
    """A kind of damage as an output of its own; it speaks where real photos have shown that it may."""

    name: str
    above: float
    slope: float = 1.0
    offset: float = 0.0
    """With these a score becomes a probability: the logistic of slope times score plus offset."""
    speaks: bool = False
    found: int = 0
    """Real photos held out that show it and are found."""
    of: int = 0


class QualityLimits(_Part):
    """Below these a photo is not judged; measured by `tyreloop.vision.quality`."""

    min_side: int = 80
    dark_below: float = 0.0
    blur_below: float = 0.0


class GoldenPhoto(_Part):
    """A photo inside the bundle with the class it must get before the bundle may serve."""

    file: str = Field(pattern=r"^golden/[\w.-]+$")
    label: str


class Card(_Part):
    """A bundle's card."""

    format: Literal[1] = 1
    model: str = "tyre-defect"
    demo: bool = False
    classes: tuple[str, ...] = ("good", "defective")
    input: InputSpec
    outputs: OutputNames = OutputNames()
    temperature: float = Field(1.0, gt=0)
    sure_above: float = Field(0.5, ge=0, le=1)
    tyre_check: TyreCheck | None = None
    views: tuple[str, ...] = ()
    sure_limits: tuple[SureLimit, ...] = ()
    kinds: tuple[KindLine, ...] = ()
    least_familiar: float | None = None
    """Cosine to the nearest of many middles of lessons: below it no answer is sure."""
    quality: QualityLimits = QualityLimits()
    map_scale: float = Field(1.0, gt=0)
    metrics: dict[str, Any] = {}
    dataset: dict[str, Any] = {}
    recipe: dict[str, Any] = {}
    made_with: str = ""
    files: dict[str, Sha256]
    golden: tuple[GoldenPhoto, ...] = ()


def read_card(folder: Path) -> Card:
    """The card in a bundle's folder, or the reason why it is no card."""
    try:
        return Card.model_validate_json((folder / CARD_FILE).read_bytes())
    except FileNotFoundError as error:
        raise BundleRefused(f"{CARD_FILE} is missing") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BundleRefused(f"{CARD_FILE}: {where}: {first['msg']}") from error


def write_card(card: Card, folder: Path) -> None:
    """Put the card into the bundle's folder."""
    (folder / CARD_FILE).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
