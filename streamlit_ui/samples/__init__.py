"""Photos to begin with: drawn by the project itself, one of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tyreloop.domain.photos import UploadedPhoto

NAMES = (
    "good",
    "cracked",
    "perished",
    "cut",
    "nail",
    "cords",
    "block",
    "not_a_tyre",
    "too_dark",
    "blurred",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One drawn photo; its name is the key of its caption."""

    name: str
    photo: UploadedPhoto


@cache
def samples() -> tuple[Sample, ...]:
    """All of them, in the order of the gallery."""
    folder = Path(__file__).parent
    return tuple(Sample(name, UploadedPhoto((folder / f"{name}.jpg").read_bytes())) for name in NAMES)
