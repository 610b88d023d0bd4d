"""Where the model sees a defect, on a fixed scale, and the proof: cover that place and ask again."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from tyreloop.domain.photos import Answer
from tyreloop.vision.answer import calibrated
from tyreloop.vision.bundle import LoadedModel
from tyreloop.vision.card import InputSpec
from tyreloop.vision.decode import Pixels
from tyreloop.vision.heat import COVERED_FROM, QUIET_BELOW, Heat, heat_on_input, heat_on_photo, resized
from tyreloop.vision.pipeline import Examination

MOST_COVERED = 0.35  # of the input: covering more would change any answer
MOVED_BY = 0.1  # of probability
OVERLAY_SIDE = 512
HEAT_COLOUR = np.array([255, 48, 0], np.float32)
STRONGEST_TINT = 0.65


@dataclass(frozen=True, slots=True)
class Proof:
    """What the model says once the hottest place is covered."""

    covered_probability: float
    moved: bool


@dataclass(frozen=True, slots=True)
class Heatmap:
    """Evidence for a defect over the photo, 0 to 1, rows from top to bottom."""

    grid: Heat
    hottest: tuple[float, float]  # x, y as shares of the photo's width and height
    proof: Proof | None  # none where nothing stands out

    @property
    def quiet(self) -> bool:
        return bool(self.grid.max(initial=0.0) < QUIET_BELOW)


def explain(examination: Examination, model: LoadedModel) -> Heatmap | None:
    """The heatmap of a judged photo; None where the model has no map."""
    heat = heat_on_input(examination.raw, model.card)
    if heat is None:
        return None
    on_photo = heat_on_photo(heat, model.card.input, examination.picture.size)
    grid = resized(on_photo, _grid_size(examination, model.card.input))
    row, column = np.unravel_index(int(on_photo.argmax()), on_photo.shape)
    hottest = ((column + 0.5) / on_photo.shape[1], (row + 0.5) / on_photo.shape[0])
    quiet = bool(grid.max() < QUIET_BELOW)
    return Heatmap(grid, hottest, None if quiet else _prove(examination, model, heat))


def overlay_png(heatmap: Heatmap, picture: Image.Image) -> bytes:
    """The photo with the heat on it."""
    page = picture.copy()
    page.thumbnail((OVERLAY_SIDE, OVERLAY_SIDE))
    tint = resized(heatmap.grid, page.size)[..., None] * STRONGEST_TINT
    mixed = np.asarray(page, np.float32) * (1 - tint) + HEAT_COLOUR * tint
    drawn = BytesIO()
    Image.fromarray(mixed.astype(np.uint8)).save(drawn, "PNG", compress_level=3)
    return drawn.getvalue()


def _grid_size(examination: Examination, spec: InputSpec) -> tuple[int, int]:
    """As many cells as the model itself has on the photo's longer side."""
    cells = max(examination.raw.map.shape[-2:]) if examination.raw.map is not None else 1
    if spec.fit == "squash":
        return cells, cells
    width, height = examination.picture.size
    longer = max(width, height)
    return max(round(cells * width / longer), 1), max(round(cells * height / longer), 1)


def _prove(examination: Examination, model: LoadedModel, heat: Heat) -> Proof:
    covered = _covered(examination.prepared, _hottest_area(heat))
    raw = model.engine.run(covered[None])
    defective = Answer.DEFECTIVE.value
    after = calibrated(raw.logits[0], model.card)[defective]
    return Proof(after, examination.verdict.probabilities[defective] - after >= MOVED_BY)


def _hottest_area(heat: Heat) -> NDArray[np.bool_]:
    """All that is at least half as hot as the hottest place, but never most of the photo."""
    floor = max(float(heat.max()) * COVERED_FROM, float(np.quantile(heat, 1 - MOST_COVERED)))
    return heat >= floor


def _covered(prepared: Pixels, area: NDArray[np.bool_]) -> Pixels:
    """The area filled with the mean colour of the rest, its edge softened so that no new edge is seen."""
    rest = prepared[~area] if not area.all() else prepared.reshape(-1, 3)
    soft = Image.fromarray((area * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(5))
    mask = np.asarray(soft.filter(ImageFilter.GaussianBlur(3)), np.float32)[..., None] / 255
    mixed: Pixels = (prepared * (1 - mask) + rest.mean(axis=0) * mask).astype(np.uint8)
    return mixed
