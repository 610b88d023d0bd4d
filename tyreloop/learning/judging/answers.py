"""What a model answers to labelled photos, through the same code path that serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tyreloop.domain.errors import PhotoTooLarge, UnreadablePhoto
from tyreloop.domain.photos import Answer
from tyreloop.learning.judging.labelled_folder import LabelledPhoto
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
        peak_on_defect=_peak_on_defect(found, model, photo.mask),
    )


def _peak_on_defect(found: Examination, model: LoadedModel, mask: Path | None) -> bool | None:
    heatmap = explain(found, model) if mask is not None else None
    if mask is None or heatmap is None:
        return None
    return hits(heatmap.hottest, np.asarray(Image.open(mask)) > 127, 1 / max(heatmap.grid.shape))


def hits(spot: tuple[float, float], mask: NDArray[np.bool_], cell: float) -> bool:
    """Whether a spot (x, y as shares) lies on a mask, to half a cell of the map."""
    height, width = mask.shape
    rows = slice(max(0, int((spot[1] - cell / 2) * height)), ceil((spot[1] + cell / 2) * height))
    columns = slice(max(0, int((spot[0] - cell / 2) * width)), ceil((spot[0] + cell / 2) * width))
    return bool(mask[rows, columns].any())
