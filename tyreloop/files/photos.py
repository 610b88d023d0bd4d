"""The photo store: which one is configured, and photos in it without their metadata."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath
from urllib.parse import SplitResult, unquote, urlsplit

from PIL import Image

from tyreloop.domain.errors import NotConfigured, PhotoNotFound
from tyreloop.domain.photos import PhotoId
from tyreloop.files.folder import FolderObjects, Objects, ObjectSeen, SpooledObjects
from tyreloop.settings import Settings

THUMBNAIL_PIXELS = 320
WHOLE, THUMBNAILS = "whole", "thumbnails"
WHOLE_BEFORE = "photos"  # what stores from before the first release call it: found there, never written there


class ObjectPhotoStore:
    """The PhotoStore port on objects, wherever they are."""

    def __init__(self, objects: SpooledObjects) -> None:
        self._objects = objects

    def put(self, photo_id: PhotoId, jpeg: bytes) -> None:
        self._objects.write(_name(WHOLE, photo_id), jpeg)

    def keep(self, photo_id: PhotoId, jpeg: bytes) -> None:
        """On a disk when this returns, and in its place at the latest when it is sent."""
        self._objects.keep(_name(WHOLE, photo_id), jpeg)

    def send(self, photo_id: PhotoId) -> None:
        """Send it where it waits on this machine and its place answers."""
        self._objects.send(_name(WHOLE, photo_id))

    def get(self, photo_id: PhotoId) -> bytes:
        try:
            return self._objects.read(_name(WHOLE, photo_id))
        except PhotoNotFound:
            return self._objects.read(_name(WHOLE_BEFORE, photo_id))

    def holds(self, photo_id: PhotoId) -> bool:
        """Whether it is here; not whether it was, or is on its way."""
        try:
            self.get(photo_id)
        except PhotoNotFound:
            return False
        return True

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


def build_photo_store(settings: Settings) -> ObjectPhotoStore:
    """The store that `PHOTO_STORE_URL` names."""
    return ObjectPhotoStore(build_objects(settings))


def build_objects(settings: Settings) -> SpooledObjects:
    """Its objects, with the folder where they wait while their place does not answer."""
    here = FolderObjects(settings.data_dir / "outbox" / "objects")
    return SpooledObjects(objects_at(settings.photo_store, settings), here)


def objects_at(place: str, settings: Settings, *, named: str = "PHOTO_STORE_URL") -> Objects:
    """What lies in a folder or below a prefix of a bucket; `named` is the setting that says where."""
    url = urlsplit(place)
    if url.scheme == "file" and url.path:
        return FolderObjects(Path(unquote(url.path)))
    if url.scheme == "s3" and url.netloc:
        return _s3_objects(url, settings)
    raise NotConfigured(f"{named} must look like file:///folder or s3://bucket/prefix.")


def _s3_objects(url: SplitResult, settings: Settings) -> Objects:
    from tyreloop.files.buckets import S3Objects, s3_client  # noqa: PLC0415 - see s3_client

    client = s3_client(settings)
    return S3Objects(client, url.netloc, prefix=unquote(url.path), encryption=settings.s3_encryption)
