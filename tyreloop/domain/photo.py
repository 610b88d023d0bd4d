"""A photo is known by the SHA-256 of the bytes that were uploaded."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import NewType

PhotoId = NewType("PhotoId", str)


@dataclass(frozen=True, slots=True)
class UploadedPhoto:
    """The bytes as they came in, before anything was looked at."""

    data: bytes

    @property
    def id(self) -> PhotoId:
        return PhotoId(sha256(self.data).hexdigest())
