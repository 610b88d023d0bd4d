"""The Classifier port, kept by the model on the shelf."""

from __future__ import annotations

from tyreloop.adapters.model_shelf.shelf import ModelShelf
from tyreloop.domain.photos import ModelRef, UploadedPhoto, Verdict
from tyreloop.vision.bundle import LoadedModel
from tyreloop.vision.decode import DEFAULT_LIMITS, DecodeLimits
from tyreloop.vision.pipeline import Examination, examine


class ShelfClassifier:
    """Judges one request's photo with the model that was on the shelf when it began, and remembers how."""

    def __init__(
        self, shelf: ModelShelf, *, limits: DecodeLimits = DEFAULT_LIMITS, alone: bool = False
    ) -> None:
        self.model: LoadedModel = shelf.current()
        self.examination: Examination | None = None
        self._limits = limits
        self._alone = alone

    def judge(self, photo: UploadedPhoto) -> tuple[ModelRef, Verdict]:
        self.examination = examine(photo.data, self.model, limits=self._limits, alone=self._alone)
        return self.model.ref, self.examination.verdict
