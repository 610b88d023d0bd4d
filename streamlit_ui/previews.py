"""A photo as the page shows it: small, upright, without anything but its picture."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

from PIL import Image

from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import Prediction
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.use_cases.photos import kept_photo
from tyreloop.vision.decode import decode_picture

PREVIEW_SIDE, THUMBNAIL_SIDE = 960, 112
QUALITY = 82


def url_of(picture: bytes, kind: str = "jpeg") -> str:
    """A visitor's picture as a part of the page.

    Streamlit keeps bytes under their hash: whoever has the same photo could ask whether somebody looks at it.
    """
    return f"data:image/{kind};base64,{b64encode(picture).decode()}"


def preview_of(data: bytes) -> bytes | None:
    """A small JPEG of a photo; None where it cannot be opened (the service then says why)."""
    return _shrunk(data, PREVIEW_SIDE)


def kept_picture(prediction: Prediction, photos: ObjectPhotoStore) -> bytes | None:
    """The preview of a stored photo; None where it is not at hand any more."""
    try:
        return preview_of(kept_photo(prediction, photos=photos))
    except TyreloopError:
        return None


def thumbnail_of(data: bytes) -> bytes | None:
    """The same for a row of a table."""
    return _shrunk(data, THUMBNAIL_SIDE)


def _shrunk(data: bytes, side: int) -> bytes | None:
    try:
        picture = decode_picture(data, at_least=side, side="long")
    except TyreloopError:
        return None
    picture.thumbnail((side, side), Image.Resampling.BILINEAR)
    drawn = BytesIO()
    picture.save(drawn, "JPEG", quality=QUALITY)
    return drawn.getvalue()
