"""Chooses the photo store by its URL."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from tyreloop.adapters.photo_store.folder import FolderPhotoStore
from tyreloop.domain.errors import NotConfigured
from tyreloop.ports import PhotoStore
from tyreloop.settings import Settings


def build_photo_store(settings: Settings) -> PhotoStore:
    """The store that `PHOTO_STORE_URL` names."""
    url = urlsplit(settings.photo_store)
    if url.scheme == "file" and url.path:
        return FolderPhotoStore(Path(unquote(url.path)))
    raise NotConfigured("PHOTO_STORE_URL must look like file:///folder or s3://bucket/prefix.")
