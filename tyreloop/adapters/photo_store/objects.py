"""What a photo store is made of: named objects somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ObjectSeen:
    """An object in a listing."""

    name: str
    written_at: datetime


class Objects(Protocol):
    """Named bytes; what is not there is PhotoNotFound, a place that does not answer StoreUnavailable."""

    def write(self, name: str, data: bytes) -> None:
        """Put an object in place, whole or not at all; the same name again replaces it."""
        ...

    def read(self, name: str) -> bytes: ...

    def delete(self, name: str) -> None:
        """Take an object away; what is not there is no mistake."""
        ...

    def seen(self, prefix: str) -> Iterator[ObjectSeen]:
        """All objects whose names begin so."""
        ...
