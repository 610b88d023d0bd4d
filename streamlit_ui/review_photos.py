"""Photos for the Review page: the next ones are fetched while the reviewer still looks at this one."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from streamlit_ui.previews import preview_of
from streamlit_ui.services import once, services
from tyreloop.client import ApiClient
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import PhotoId, PredictionId, Visitor
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.vision.fingerprint import fingerprint_of

MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class ReviewPhoto:
    """A photo as the page shows it, and what it looks like."""

    jpeg: bytes
    fingerprint: int


class PhotosAhead:
    """Fetches photos in the background, each once."""

    def __init__(self, photos: ObjectPhotoStore) -> None:
        self._photos = photos
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="review-photos")
        self._fetched: dict[PhotoId, Future[ReviewPhoto | None]] = {}
        self._lock = Lock()

    def fetch(self, photo_ids: Iterable[PhotoId]) -> None:
        """Begin to fetch these, in this order."""
        for photo_id in photo_ids:
            self._begin(photo_id)

    def get(self, photo_id: PhotoId) -> ReviewPhoto | None:
        """The photo; None where it is not at hand."""
        return self._begin(photo_id).result()

    def _begin(self, photo_id: PhotoId) -> Future[ReviewPhoto | None]:
        with self._lock:
            if photo_id not in self._fetched:
                self._fetched[photo_id] = self._pool.submit(self._read, photo_id)
                while len(self._fetched) > MOST_KEPT:
                    del self._fetched[next(iter(self._fetched))]
            return self._fetched[photo_id]

    def _read(self, photo_id: PhotoId) -> ReviewPhoto | None:
        try:
            jpeg = preview_of(self._photos.get(photo_id))
        except TyreloopError:
            return None
        return ReviewPhoto(jpeg, fingerprint_of(jpeg)) if jpeg else None


@once
def photos_ahead() -> PhotosAhead:
    """One for the process: reviewers share what was fetched."""
    return PhotosAhead(services().stores.photos)


def heat_of(prediction_id: PredictionId, visitor: Visitor, api: ApiClient) -> bytes | None:
    """The photo with what the model saw in it, in the name of its visitor; what failed is asked for again."""
    drawn = _drawn(prediction_id)
    if not drawn and (picture := api.heat_picture(prediction_id, visitor)):
        drawn.append(picture)
    return drawn[0] if drawn else None


@lru_cache(maxsize=MOST_KEPT)
def _drawn(prediction_id: PredictionId) -> list[bytes]:
    """What was drawn of it before, if anything was."""
    return []
