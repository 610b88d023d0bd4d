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
WHOLE, THUMBNAILS = "whole", "thumbnails"
WHOLE_BEFORE = "photos"  # what stores from before the first release call it: found there, never written there


class ObjectPhotoStore:
    """The PhotoStore port on objects, wherever they are."""

    def __init__(self, objects: SpooledObjects) -> None:
        self._objects = objects

    def put(self, photo_id: PhotoId, jpeg: bytes) -> None:
        self._objects.write(_name(WHOLE, photo_id), jpeg)

    def get(self, photo_id: PhotoId) -> bytes:
        try:
            return self._objects.read(_name(WHOLE, photo_id))
        except PhotoNotFound:
            return self._objects.read(_name(WHOLE_BEFORE, photo_id))

    def thumbnail(self, photo_id: PhotoId) -> bytes:
        try:
            return self._objects.read(_name(THUMBNAILS, photo_id))
        except PhotoNotFound:
            small = _smaller(self.get(photo_id))
            self._objects.write(_name(THUMBNAILS, photo_id), small)
            return small

    def delete(self, photo_id: PhotoId) -> None:
        for kind in (THUMBNAILS, WHOLE_BEFORE, WHOLE):
            self._objects.delete(_name(kind, photo_id))

    def send_waiting(self) -> int:
        """Send what had to wait on this machine; answers how many."""
        return self._objects.send_waiting()

    def ids(self) -> Iterator[PhotoId]:
        """The photos, without their thumbnails."""
        yield from (photo_id for photo_id, _ in self._seen(WHOLE_BEFORE, WHOLE))

    def kept(self) -> Iterator[tuple[PhotoId, ObjectSeen]]:
        """All photos and thumbnails, each with the id of its photo."""
        return self._seen(WHOLE_BEFORE, WHOLE, THUMBNAILS)

    def _seen(self, *kinds: str) -> Iterator[tuple[PhotoId, ObjectSeen]]:
        for kind in kinds:
            for seen in self._objects.seen(f"{kind}/"):
                yield PhotoId(PurePosixPath(seen.name).stem), seen


def _name(kind: str, photo_id: PhotoId) -> str:
    return f"{kind}/{photo_id[:2]}/{photo_id}.jpg"


def _smaller(jpeg: bytes) -> bytes:
    small = BytesIO()
    with Image.open(BytesIO(jpeg), formats=["JPEG"]) as photo:
        photo.draft("RGB", (THUMBNAIL_PIXELS * 2, THUMBNAIL_PIXELS * 2))
        photo.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
        photo.convert("RGB").save(small, "JPEG", quality=80)
    return small.getvalue()
