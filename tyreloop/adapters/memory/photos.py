"""Photos in a dictionary, and a log that keeps at once what it is told."""

from __future__ import annotations

from tyreloop.domain.errors import PhotoNotFound
from tyreloop.domain.photos import PhotoId, Prediction, PredictionId, UploadedPhoto
from tyreloop.ports import Predictions


class MemoryPhotoStore:
    """Photos by their id."""

    def __init__(self) -> None:
        self._photos: dict[PhotoId, bytes] = {}

    def put(self, photo_id: PhotoId, jpeg: bytes) -> None:
        self._photos[photo_id] = jpeg

    def get(self, photo_id: PhotoId) -> bytes:
        try:
            return self._photos[photo_id]
        except KeyError:
            raise PhotoNotFound("The photo is not in the store.") from None

    def thumbnail(self, photo_id: PhotoId) -> bytes:
        return self.get(photo_id)

    def delete(self, photo_id: PhotoId) -> None:
        self._photos.pop(photo_id, None)


class MemoryPredictionLog:
    """Puts each prediction among the others at once."""

    def __init__(self, predictions: Predictions) -> None:
        self._predictions = predictions

    def record(self, prediction: Prediction, photo: UploadedPhoto) -> None:
        self._predictions.add(prediction)

    def flush(self, prediction_id: PredictionId) -> None:
        """Nothing is ever on its way here."""
