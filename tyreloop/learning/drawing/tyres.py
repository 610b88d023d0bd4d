"""One picture of one tyre: shape, camera, rubber, damage, light and background put together."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Picture, Points, as_field, laid_over, thrice
from tyreloop.learning.drawing.backgrounds import draw_background
from tyreloop.learning.drawing.camera import place_camera
from tyreloop.learning.drawing.damage import ON_SIDEWALL, ON_TREAD
from tyreloop.learning.drawing.geometry import Surface, TyreShape, View, rays, trace, unit
from tyreloop.learning.drawing.rubber import Rubber, darken_grooves, draw_rubber
from tyreloop.learning.drawing.tread import Strip
from tyreloop.learning.drawing.wheel import paint_wheel

WORN_SHARE = 0.55
"""Most tyres that people throw away are worn, not torn."""


@dataclass(frozen=True, slots=True)
class DrawnTyre:
    """A tyre's light before the camera, and what was planted on it."""

    light: Picture
    mask: Field
    view: str
    defect: str
    severity: float


def draw_tyre(rng: np.random.Generator, size: int, *, defective: bool, alone: bool = True) -> DrawnTyre:
    """Draw until the tyre, and its defect if it has one, can be seen."""
    while True:
        drawn = _attempt(rng, size, defective, alone)
        if drawn is not None:
            return drawn


@dataclass(frozen=True, slots=True)
class _Scene:
    """One tyre before one camera."""

    shape: TyreShape
    stand: str
    view: View
    directions: Points
    surface: Surface


def _attempt(rng: np.random.Generator, size: int, defective: bool, alone: bool) -> DrawnTyre | None:
    scene = _scene(rng, size)
    if float(scene.surface.cover.mean()) < 0.16:
        return None
    rubber = draw_rubber(rng, _strip(scene, size), float(rng.uniform(0.75, 1.0)))
    planted = _plant(rng, rubber, scene) if defective else _sound(rng, rubber)
    if planted is None:
        return None
    defect, severity, spots = planted
    behind = _behind(rng, scene, alone=alone)
    light, mask = _compose(rng, scene, rubber, spots, behind)
    if defective and not _visible(mask, defect):
        return None
    return DrawnTyre(light, mask, scene.stand, defect, severity)


def _scene(rng: np.random.Generator, size: int) -> _Scene:
    shape = _shape(rng)
    stand, view = place_camera(rng, shape)
    directions = rays(view, size, size)
    return _Scene(shape, stand, view, directions, trace(shape, view, directions))


def _sound(rng: np.random.Generator, rubber: Rubber) -> tuple[str, float, Field]:
    darken_grooves(rubber, float(rng.uniform(0.7, 0.95)))
    return "", 0.0, np.zeros_like(rubber.pattern)


def _shape(rng: np.random.Generator) -> TyreShape:
    rim = rng.uniform(0.48, 0.74)
    half_width = rng.uniform(0.2, 0.46)
    limit = min((1 - rim) / 2, half_width)
    rounding = limit * (rng.uniform(0.35, 0.7) if rng.random() < 0.85 else rng.uniform(0.75, 0.98))
    return TyreShape(rim, half_width, rounding)


def _strip(scene: _Scene, size: int) -> Strip:
    """Enough rubber for what is seen, about as fine as the picture."""
    shape, view, surface = scene.shape, scene.view, scene.surface
    seen = (surface.cover > 0.3) & (surface.inside < 0.5)
    around = surface.around[seen] if seen.any() else np.zeros(1, np.float32)
    start, end = float(around.min()) - 0.02, float(around.max()) + 0.02
    nearest = float(np.quantile(surface.distance[seen], 0.05)) if seen.any() else 1.0
    per_unit = view.focal * size / 2 / max(nearest, 0.2) * 1.05
    width = int(np.clip((end - start) * per_unit, size / 3, size * 1.9))
    height = int(np.clip(4.1 * shape.half_width * per_unit, size / 3, size * 1.9))
    return Strip(width, height, start, (end - start) / width, 2.05, shape.half_width)


def _plant(rng: np.random.Generator, rubber: Rubber, scene: _Scene) -> tuple[str, float, Field] | None:
    """One kind of damage at a place that the camera sees well."""
    on_side = rng.random() < {"sidewall": 0.85, "three_quarter": 0.35}.get(scene.stand, 0.03)
    spot = _seen_spot(rng, scene.surface, on_side)
    if spot is None:
        return None
    table = ON_SIDEWALL if on_side else ON_TREAD
    names = [name for name in table if name != "worn"]
    worn = not on_side and rng.random() < WORN_SHARE
    name = "worn" if worn else names[int(rng.integers(len(names)))]
    severity = float(rng.uniform(0.2, 1))
    shade = float(rng.uniform(0.7, 0.95))
    if worn:
        mask = table[name](rng, rubber, spot, severity)
        darken_grooves(rubber, shade)
        return name, severity, mask
    darken_grooves(rubber, shade)
    before = rubber.colour.copy()
    mask = table[name](rng, rubber, spot, severity)
    return (name, severity, mask) if name == "bulge" or _tells(before, rubber.colour, mask) else None


def _tells(before: Picture, after: Picture, mask: Field) -> bool:
    """Whether the damage can be told from the rubber around it: a black crack in a black groove cannot."""
    change = np.abs(after - before)[mask > 0.5]
    return change.size > 0 and float(change.mean()) > 0.55 * float(before.mean())


def _seen_spot(rng: np.random.Generator, surface: Surface, on_side: bool) -> tuple[float, float] | None:
    reach = np.abs(surface.across)
    place = (reach > 1.2) & (reach < 1.75) if on_side else reach < 0.85
    good = place & (surface.cover > 0.9) & (surface.inside < 0.5)
    height, width = good.shape
    frame = np.zeros_like(good)
    frame[height // 10 : -height // 10, width // 10 : -width // 10] = True
    rows, columns = np.nonzero(good & frame)
    if len(rows) < 0.01 * good.size:
        return None
    pick = int(rng.integers(len(rows)))
    return float(surface.around[rows[pick], columns[pick]]), float(surface.across[rows[pick], columns[pick]])


def _visible(mask: Field, defect: str) -> bool:
    """At least a coin's worth of the picture; of worn tread enough to tell it from a sidewall."""
    return float((mask > 0.5).mean()) > (0.08 if defect == "worn" else 0.025)


def _behind(rng: np.random.Generator, scene: _Scene, *, alone: bool) -> Picture:
    """The background, another tyre in one of ten, and the wheel."""
    height = scene.surface.cover.shape[0]
    if alone and rng.random() < 0.1:
        behind = _neighbour(rng, height)
    else:
        behind = draw_background(rng, scene.view, scene.directions)
    if rng.random() < 0.75 or abs(scene.view.position[0]) < 0.5:
        behind = paint_wheel(rng, scene.shape, scene.view, scene.directions, behind)
    return behind


def _compose(
    rng: np.random.Generator, scene: _Scene, rubber: Rubber, spots: Field, behind: Picture
) -> tuple[Picture, Field]:
    surface = scene.surface
    columns, rows = rubber.strip.column(surface.around), rubber.strip.row(surface.across)
    lit = _lit(rng, scene, rubber, columns, rows)
    lit *= thrice(1 - surface.inside * np.float32(0.75))
    picture = laid_over(behind, lit, surface.cover)
    mask = cv2.remap(spots, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return picture, as_field(mask) * surface.cover * (1 - surface.inside)


def _neighbour(rng: np.random.Generator, size: int) -> Picture:
    """A sound tyre behind the tyre, a little out of focus."""
    other = draw_tyre(rng, max(64, size // 8 * 4), defective=False, alone=False)
    return as_field(cv2.resize(other.light, (size, size), interpolation=cv2.INTER_LINEAR))


def _lit(rng: np.random.Generator, scene: _Scene, rubber: Rubber, columns: Field, rows: Field) -> Picture:
    """Bend the rubber onto the tyre and let light fall on it."""
    surface, heights = scene.surface, rubber.heights()
    rise_along = as_field(cv2.Sobel(heights, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8))
    rise_across = as_field(cv2.Sobel(heights, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8))
    maps = cv2.convertMaps(columns, rows, cv2.CV_16SC2)
    colour = _bent(rubber.colour, maps)
    slopes = _bent(cv2.merge([rise_along, rise_across]), maps)
    normal = unit(
        surface.normal - thrice(slopes[..., 0]) * surface.along - thrice(slopes[..., 1]) * surface.sideways
    )
    sun = _direction(rng, scene.directions)
    ambient = np.float32(rng.uniform(0.45, 0.9))
    diffuse = ambient * (0.75 + 0.25 * normal[..., 2]) + (1.15 - ambient) * np.maximum(normal @ sun, 0)
    gleam = np.maximum(np.einsum("hwc,hwc->hw", normal, unit(sun - scene.directions)), 0)
    gleam = np.power(gleam, np.float32(rng.uniform(8, 50))) * np.float32(rubber.shine)
    return colour * thrice(diffuse * np.float32(1.3)) + thrice(gleam)


def _bent(layers: Any, maps: Any) -> Field:
    return as_field(cv2.remap(layers, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _direction(rng: np.random.Generator, directions: Points) -> Points:
    """Light from above and from the camera's side more often than from behind the tyre."""
    height, width = directions.shape[:2]
    back = -directions[height // 2, width // 2]
    sun = back + rng.normal(0, 0.7, 3) + [0, 0, 0.5]
    return as_field(sun / np.linalg.norm(sun))
