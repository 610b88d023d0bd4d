"""A recipe: everything that decides how a model is trained, in one TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tyreloop.domain.errors import InvalidRequest, NotConfigured
from tyreloop.settings import Settings
from tyreloop.shipped import RECIPES, require_files


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Network(_Part):
    """Which network, and where its first weights come from."""

    name: str = "small_residual"
    imagenet: bool = False
    dropout: float = Field(0.1, ge=0, lt=1)


class Input(_Part):
    """What the network sees; preprocessing is that of the service."""

    side: int = Field(224, ge=32, le=640)
    fit: Literal["squash", "letterbox", "crop"] = "squash"


class Fitting(_Part):
    """How long and how fast it learns."""

    epochs: int = Field(20, ge=0)
    """With 0 the given weights stay as they are, and the card's limits are drawn anew."""
    batch: int = Field(32, ge=2)
    rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.02, ge=0)
    warm_up_share: float = Field(0.1, ge=0, lt=1)
    early_sides: tuple[tuple[float, int], ...] = ()
    """Pairs (share of all epochs, side): smaller pictures first are several times faster."""
    patience: int = Field(8, ge=1)
    average: float = Field(0.998, ge=0, lt=1)
    """Decay of the running average of weights that is kept as the model."""
    seed: int = 0
    map_weight: float = Field(1.0, ge=0)
    tyre_weight: float = Field(1.0, ge=0)
    kinds_weight: float = Field(0.8, ge=0)
    view_weight: float = Field(0.3, ge=0)
    head_rate: float | None = Field(None, gt=0)
    """Rate of the head, where it differs from the backbone's."""
    depth_decay: float = Field(1.0, gt=0, le=1)
    """Each stage of the backbone learns so much slower than the one behind it."""
    frozen_stages: int = Field(0, ge=0)
    """Parts of the backbone, from the picture on, that stay as they are."""
    frozen_share: float = Field(0.0, ge=0, lt=1)
    """Share of the training at its start in which the head learns alone."""
    first_weights: float = Field(0.0, ge=0, lt=1)
    """How much of the weights from the end of that start stays in the result: features that carry to unknown
    cameras fade while a network learns the known ones (Wortsman and others, 2022)."""
    solved_lines: bool = False
    """Views that drawings alone show get their line at the end, solved on the finished features."""
    mix: float = Field(0.0, ge=0, le=1)
    """How often a batch is laid over itself in another order, pictures and labels alike."""


class Augmentation(_Part):
    """How much each photo is changed each time it is seen."""

    zoom: float = Field(0.3, ge=0, lt=1)
    turn_degrees: float = Field(12, ge=0)
    quarter_turns: bool = False
    light: float = Field(0.3, ge=0, lt=1)
    grey: float = Field(0.2, ge=0, le=1)
    blur: float = Field(0.15, ge=0, le=1)
    noise: float = Field(0.04, ge=0)
    borrowed_light: float = Field(0.0, ge=0, le=1)
    """How often a photo gets the light and the colours of another one."""
    colour: float = Field(0.0, ge=0, le=1)
    """How often its colours are made stronger, weaker, or exchanged."""
    jpeg: float = Field(0.0, ge=0, le=1)
    patch: float = Field(0.0, ge=0, le=1)
    """How often a coloured patch hides a part."""
    upside_down: float = Field(0.0, ge=0, le=1)
    """How often a close-up stands on its head."""


class Mixture(_Part):
    """How many photos of each kind a batch holds, in proportion; without it each lesson is seen once."""

    photos: int = Field(1600, ge=16)
    """Photos in an epoch."""
    good: float = Field(0.0, ge=0)
    defective: float = Field(0.0, ge=0)
    beside: float = Field(0.0, ge=0)
    """Sound rubber beside the box of a local damage."""
    pasted: float = Field(0.0, ge=0)
    """Sound rubber with the cracks of another photo on it."""
    not_a_tyre: float = Field(0.0, ge=0)
    unlabelled: float = Field(0.0, ge=0)
    drawn_good: float = Field(0.0, ge=0)
    drawn_defective: float = Field(0.0, ge=0)
    drawn_not_a_tyre: float = Field(0.0, ge=0)

    def shares(self) -> dict[str, float]:
        """What there is any of."""
        return {name: share for name, share in self if name != "photos" and share > 0}


class Judging(_Part):
    """What the answers must keep to."""

    error_among_sure: float = Field(0.02, gt=0, lt=0.5)
    tyres_refused: float = Field(0.01, gt=0, lt=0.5)
    min_side: int = Field(80, ge=1)
    dark_below: float = Field(20.0, ge=0, le=255)
    blur_below: float = Field(3.2, ge=0)


class Drawing(_Part):
    """Drawn tyres to learn from, where no folder of photos is given."""

    count: int = Field(12000, ge=16)
    seed: int = 1
    size: int = Field(224, ge=96)
    proof: int = Field(1000, ge=16)
    """Fresh drawings that the model is measured on before its card is finished."""


class Recipe(_Part):
    """The whole recipe."""

    name: str
    demo: bool = False
    description: str = ""
    network: Network = Network()
    input: Input = Input()
    fitting: Fitting = Fitting()
    augmentation: Augmentation = Augmentation()
    mixture: Mixture | None = None
    in_bytes: bool = False
    """Whether the graph is served in bytes, where its answers are as good as in floats."""
    judging: Judging = Judging()
    drawing: Drawing | None = None

    def with_epochs(self, epochs: int) -> Recipe:
        """The same for so many passes."""
        return self.model_copy(update={"fitting": self.fitting.model_copy(update={"epochs": epochs})})

    def with_seed(self, seed: int) -> Recipe:
        """The same recipe with other drawings, in another order."""
        drawing = self.drawing.model_copy(update={"seed": seed}) if self.drawing else None
        fitting = self.fitting.model_copy(update={"seed": seed})
        return self.model_copy(update={"drawing": drawing, "fitting": fitting})


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file, or the first thing that is wrong with it."""
    try:
        return Recipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise NotConfigured(f"The recipe {path} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NotConfigured(f"The recipe {path}: {where}: {first['msg']}.") from error


def recipe_files(settings: Settings) -> dict[str, Path]:
    """Each recipe's file by its name; one's own goes before the project's of the same name."""
    own = sorted((settings.data_dir / "recipes").glob("*.toml"))
    return {file.stem: file for file in (*require_files(RECIPES, "*.toml"), *own)}


def recipe_named(name: str, settings: Settings) -> Recipe:
    """A recipe that a training can be ordered by: the project's, or one's own in the data folder."""
    found = recipe_files(settings).get(name)
    if found is None:
        raise InvalidRequest(f"There is no recipe {name!r}.")
    return read_recipe(found)
