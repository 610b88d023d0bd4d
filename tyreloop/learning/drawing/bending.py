"""Rubber bent onto a tyre, and light falling on it."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Picture, Points, as_field, laid_over, thrice
from tyreloop.learning.drawing.geometry import Surface, unit
from tyreloop.learning.drawing.rubber import Rubber
from tyreloop.learning.drawing.tread import Strip

LAMP_SHARE = 0.12
"""Of the photos: most of the tyre lies in its own shadow."""


@dataclass(frozen=True, slots=True)
class Sky:
    """Where light comes from, how much of it from everywhere, and how sharp its gleam is."""

    sun: Points
    towards_sun: Points
    ambient: float
    sharpness: float


def choose_sky(rng: np.random.Generator, directions: Points) -> Sky:
    """Light from above and from the camera's side more often than from behind the tyre; at times one lamp."""
    height, width = directions.shape[:2]
    back = -directions[height // 2, width // 2]
    is_lamp = rng.random() < LAMP_SHARE
    sun = back + rng.normal(0, 1.0 if is_lamp else 0.7, 3) + [0, 0, 1.0 if is_lamp else 0.5]
    sun = as_field(sun / np.linalg.norm(sun))
    ambient = rng.uniform(0.12, 0.4) if is_lamp else rng.uniform(0.45, 0.9)
    return Sky(sun, unit(sun - directions), float(ambient), float(rng.uniform(8, 50)))


class Bent:
    """One strip's way onto one surface: the same for its colours, its slopes and its masks."""

    def __init__(self, surface: Surface, strip: Strip) -> None:
        self._surface = surface
        columns, rows = strip.column(surface.around), strip.row(surface.across)
        self._maps = cv2.convertMaps(columns, rows, cv2.CV_16SC2)

    def field(self, layers: Any) -> Field:
        """What lies on the strip, as the camera sees it; beside the strip its edge goes on."""
        return self._remapped(layers, cv2.BORDER_REPLICATE)

    def mask(self, spots: Field) -> Field:
        """Where the strip's spots are seen."""
        seen = self._remapped(spots, cv2.BORDER_CONSTANT)
        return as_field(seen * self._surface.cover * (1 - self._surface.inside))

    def laid_over(self, behind: Picture, rubber: Rubber, sky: Sky) -> Picture:
        """The tyre before its background."""
        lit = self._lit(rubber, sky) * thrice(1 - self._surface.inside * np.float32(0.75))
        return laid_over(behind, lit, self._surface.cover)

    def _remapped(self, layers: Any, border: int) -> Field:
        return as_field(cv2.remap(layers, *self._maps, cv2.INTER_LINEAR, borderMode=border, borderValue=0))

    def _lit(self, rubber: Rubber, sky: Sky) -> Picture:
        surface, heights = self._surface, rubber.heights()
        rise_along = as_field(cv2.Sobel(heights, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8))
        rise_across = as_field(cv2.Sobel(heights, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8))
        slopes = self.field(cv2.merge([rise_along, rise_across]))
        normal = unit(
            surface.normal
            - thrice(slopes[..., 0]) * surface.along
            - thrice(slopes[..., 1]) * surface.sideways
        )
        ambient = np.float32(sky.ambient)
        diffuse = ambient * (0.75 + 0.25 * normal[..., 2]) + (1.15 - ambient) * np.maximum(
            normal @ sky.sun, 0
        )
        gleam = np.maximum(np.einsum("hwc,hwc->hw", normal, sky.towards_sun), 0)
        gleam = np.power(gleam, np.float32(sky.sharpness)) * np.float32(rubber.shine)
        return self.field(rubber.colour) * thrice(diffuse * np.float32(1.3)) + thrice(gleam)
