"""The photo store: photos and their thumbnails as objects, named for the photo's id."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath

from PIL import Image

from tyreloop.adapters.photo_store.objects import ObjectSeen
from tyreloop.adapters.photo_store.spool import SpooledObjects
from tyreloop.domain.errors import PhotoNotFound
from tyreloop.domain.photo import PhotoId

THUMBNAIL_PIXELS = 320


class ObjectPhotoStore:
    """The PhotoStore port on objects, wherever they are."""

    def __init__(self, objects: SpooledObjects) -> None:
        self._objects = objects

    def put(self, photo_id: PhotoId, jpeg: bytes) -> None:
        self._objects.write(_photo(photo_id), jpeg)

    def get(self, photo_id: PhotoId) -> bytes:
        return self._objects.read(_photo(photo_id))

    def thumbnail(self, photo_id: PhotoId) -> bytes:
        try:
            return self._objects.read(_thumbnail(photo_id))
        except PhotoNotFound:
            small = _smaller(self.get(photo_id))
            self._objects.write(_thumbnail(photo_id), small)
            return small

    def delete(self, photo_id: PhotoId) -> None:
        self._objects.delete(_thumbnail(photo_id))
        self._objects.delete(_photo(photo_id))

    def send_waiting(self) -> int:
        """Send what had to wait on this machine; answers how many."""
        return self._objects.send_waiting()

    def ids(self) -> Iterator[PhotoId]:
        """The photos, without their thumbnails."""
        for seen in self._objects.seen("photos/"):
            yield PhotoId(PurePosixPath(seen.name).stem)

    def kept(self) -> Iterator[tuple[PhotoId, ObjectSeen]]:
        """All photos and thumbnails, each with the id of its photo."""
        for kind in ("photos/", "thumbnails/"):
            for seen in self._objects.seen(kind):
                yield PhotoId(PurePosixPath(seen.name).stem), seen


def _photo(photo_id: PhotoId) -> str:
    return f"photos/{photo_id[:2]}/{photo_id}.jpg"


def _thumbnail(photo_id: PhotoId) -> str:
    return f"thumbnails/{photo_id[:2]}/{photo_id}.jpg"


def _smaller(jpeg: bytes) -> bytes:
    small = BytesIO()
    with Image.open(BytesIO(jpeg), formats=["JPEG"]) as photo:
        photo.draft("RGB", (THUMBNAIL_PIXELS * 2, THUMBNAIL_PIXELS * 2))
        photo.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
        photo.convert("RGB").save(small, "JPEG", quality=80)
    return small.getvalue()
