"""Where photos are kept: a folder, or anything that speaks S3."""

from tyreloop.adapters.photo_store.choose import build_photo_store
from tyreloop.adapters.photo_store.folder import FolderPhotoStore

__all__ = ["FolderPhotoStore", "build_photo_store"]
