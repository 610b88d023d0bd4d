"""Delete a photo, and everything that hangs from it."""

from __future__ import annotations

from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor
from tyreloop.ports import Erasing


def erase_photo(prediction_id: PredictionId, *, by: Visitor, using: Erasing) -> None:
    """Delete the visitor's photo: its rows first, so that nothing names a photo that is gone."""
    erased = using.erasures.erase(prediction_id, by)
    if erased.orphan is not None:
        using.photos.delete(erased.orphan)
