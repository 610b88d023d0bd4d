"""Where photos are kept: a folder, or anything that speaks S3."""

from tyreloop.adapters.photo_store.choose import build_objects, build_photo_store
from tyreloop.adapters.photo_store.folder import FolderObjects
from tyreloop.adapters.photo_store.photos import ObjectPhotoStore
from tyreloop.adapters.photo_store.spool import SpooledObjects

__all__ = ["FolderObjects", "ObjectPhotoStore", "SpooledObjects", "build_objects", "build_photo_store"]
