"""What a model answers to labelled photos, through the same code path that serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tyreloop.domain.errors import PhotoTooLarge, UnreadablePhoto
from tyreloop.domain.photos import Answer
from tyreloop.learning.judging.labelled_folder import LabelledPhoto
from tyreloop.vision.answer import kinds_in, view_of
from tyreloop.vision.bundle import LoadedModel
from tyreloop.vision.heatmap import explain
from tyreloop.vision.pipeline import Examination, examine

UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Given:
    """One answer beside what would have been right."""

    photo: LabelledPhoto
    answer: str
    reason: str
    defective: float
    milliseconds: float
    peak_on_defect: bool | None = None
    view: str = ""
    damage: tuple[str, ...] = ()
    """The kinds that the model names."""

    @property
    def likeliest(self) -> str:
        """The class the model leans to, sure or not."""
        return "defective" if self.defective > 0.5 else "good"

    @property
    def is_sure(self) -> bool:
        return self.answer in (Answer.GOOD.value, Answer.DEFECTIVE.value)

    @property
    def is_right(self) -> bool:
        return self.likeliest == self.photo.kind


def give_answers(
    photos: Iterable[LabelledPhoto], model: LoadedModel, *, tell: Callable[[int], None] | None = None
) -> list[Given]:
    """Ask the model about each photo."""
    answers = []
    for photo in photos:
        answers.append(_ask(photo, model))
        if tell is not None:
            tell(1)
    return answers


def _ask(photo: LabelledPhoto, model: LoadedModel) -> Given:
    started = perf_counter()
    try:
        found = examine(photo.path.read_bytes(), model)
    except (UnreadablePhoto, PhotoTooLarge):
        return Given(photo, Answer.UNUSABLE.value, UNREADABLE, 0.5, 0.0)
    milliseconds = (perf_counter() - started) * 1e3
    return Given(
        photo=photo,
        answer=found.verdict.answer.value,
        reason=found.verdict.reason.value if found.verdict.reason else "",
        defective=found.verdict.probabilities["defective"],
        milliseconds=milliseconds,
        peak_on_defect=_peak_on_defect(found, model, photo),
        view=view_of(found.raw, model.card) or "",
        damage=tuple(seen.kind for seen in kinds_in(found.raw, model.card) if seen.is_sure),
    )


def _peak_on_defect(found: Examination, model: LoadedModel, photo: LabelledPhoto) -> bool | None:
    if photo.mask is None and not photo.boxes:
        return None
    heatmap = explain(found, model)
    if heatmap is None:
        return None
    mask = np.asarray(Image.open(photo.mask)) > 127 if photo.mask else boxed(photo.boxes)
    return hits(heatmap.hottest, mask, 1 / max(heatmap.grid.shape))


def boxed(boxes: Iterable[tuple[float, float, float, float]], side: int = 200) -> NDArray[np.bool_]:
    """Boxes as a mask."""
    mask = np.zeros((side, side), bool)
    for box in boxes:
        left, top, right, bottom = (round(min(1.0, max(0.0, share)) * side) for share in box)
        mask[top:bottom, left:right] = True
    return mask


def hits(spot: tuple[float, float], mask: NDArray[np.bool_], cell: float) -> bool:
    """Whether a spot (x, y as shares) lies on a mask, to half a cell of the map."""
    height, width = mask.shape
    rows = slice(max(0, int((spot[1] - cell / 2) * height)), ceil((spot[1] + cell / 2) * height))
    columns = slice(max(0, int((spot[0] - cell / 2) * width)), ceil((spot[0] + cell / 2) * width))
    return bool(mask[rows, columns].any())
