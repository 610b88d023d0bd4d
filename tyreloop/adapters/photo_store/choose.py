"""Chooses the photo store by its URL."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from tyreloop.adapters.photo_store.folder import FolderObjects
from tyreloop.adapters.photo_store.objects import Objects
from tyreloop.adapters.photo_store.photos import ObjectPhotoStore
from tyreloop.adapters.photo_store.spool import SpooledObjects
from tyreloop.domain.errors import NotConfigured
from tyreloop.settings import Settings


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
    from tyreloop.adapters.photo_store.s3 import S3Objects, s3_client  # noqa: PLC0415 - see s3_client

    client = s3_client(settings)
    return S3Objects(client, url.netloc, prefix=unquote(url.path), encryption=settings.s3_encryption)
