"""One picture of one tyre: shape, camera, rubber, damage, light and background put together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Picture, Points, as_field, laid_over
from tyreloop.learning.drawing.backgrounds import draw_background
from tyreloop.learning.drawing.bending import Bent, choose_sky
from tyreloop.learning.drawing.camera import place_camera
from tyreloop.learning.drawing.company import car_before, others_behind
from tyreloop.learning.drawing.damage import ON_SIDEWALL, ON_TREAD
from tyreloop.learning.drawing.flat import flattened
from tyreloop.learning.drawing.geometry import Surface, TyreShape, View, rays, trace
from tyreloop.learning.drawing.rubber import Rubber, darken_grooves, draw_rubber
from tyreloop.learning.drawing.tread import Strip, is_sound
from tyreloop.learning.drawing.wheel import paint_wheel

WORN_SHARE = 0.55
"""Most tyres that people throw away are worn, not torn."""

MAY_STAND, STANDING_SHARE = ("sidewall", "three_quarter"), 0.55
"""Who sees the whole wheel sees how it stands: so many sound ones carry a car, so many others are flat."""

HAS_COMPANY, COMPANY_SHARE, CAR_SHARE = ("tread", "three_quarter", "sidewall"), 0.2, 0.75
"""Tyres in shops lie in rows and stacks, now and then a damaged one among them; who stands carries a car."""

ROW_FOCAL, STANDING_FOCAL = (0.4, 0.85), (0.6, 0.95)
"""From how far a row is seen, and a wheel down to the ground: shares of the focal length for one tyre."""

SHOWS_HAIRLINES = ("flank", "close_up")
"""From further away nobody sees a web of hair-thin cracks."""

LEAST_FACING = 0.45
"""Cosine between the rubber and the camera: damage at the tyre's rim of sight shrinks to a sliver."""


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


def _standing(
    rng: np.random.Generator, scene: _Scene, bent: Bent, rubber: Rubber, planted: _Planted
) -> DrawnTyre | None:
    """On a car: a flat tyre is pressed together by half, a sound one hardly."""
    sink = 0.3 + 0.5 * planted.severity if planted.defect == "flat" else rng.uniform(0.02, 0.12)
    sky = choose_sky(rng, scene.directions)
    cover = scene.surface.cover
    behind = draw_background(rng, scene.view, scene.directions)
    paint, body, arch = car_before(rng, cover)
    if has_car := rng.random() < CAR_SHARE:
        behind = laid_over(laid_over(behind, paint, body), paint * np.float32(0.08), arch)
    behind = paint_wheel(rng, scene.shape, scene.view, scene.directions, behind)
    found = flattened(rng, bent.laid_over(behind, rubber, sky), cover, sink)
    if found is None:
        return None
    light, mask = found
    if has_car:
        light, mask = laid_over(light, paint, body), mask * (1 - body)
    return DrawnTyre(light, mask, scene.stand, planted.defect, planted.severity)


@dataclass(frozen=True, slots=True)
class _Scene:
    """One tyre before one camera."""

    shape: TyreShape
    stand: str
    view: View
    directions: Points
    surface: Surface
    in_company: bool
    stands: bool


def _attempt(rng: np.random.Generator, size: int, defective: bool, alone: bool) -> DrawnTyre | None:
    scene = _scene(rng, size, alone=alone)
    if float(scene.surface.cover.mean()) < (0.05 if scene.in_company else 0.12 if scene.stands else 0.16):
        return None
    rubber = draw_rubber(rng, _strip(scene, size), float(rng.uniform(0.75, 1.0)))
    if defective and not scene.stands:
        planted = _plant(rng, rubber, scene)
    else:
        planted = _unhurt(rng, rubber, flat=defective)
    if planted is None:
        return None
    bent = Bent(scene.surface, rubber.strip)
    if scene.stands:
        return _standing(rng, scene, bent, rubber, planted)
    mask = bent.mask(planted.spots)
    if not (_covers_enough(mask, planted.defect) if defective else _shows_its_tread(bent, rubber, scene)):
        return None
    sky = choose_sky(rng, scene.directions)
    behind = _behind(rng, scene, alone=alone and not scene.in_company)
    if scene.in_company:
        sound = bent.laid_over(behind, planted.before or rubber, sky)
        behind = others_behind(rng, behind, sound, scene.surface.cover)
    light = bent.laid_over(behind, rubber, sky)
    if planted.before and not _stands_out(light, bent.laid_over(behind, planted.before, sky), mask):
        return None
    return DrawnTyre(light, mask, scene.stand, planted.defect, planted.severity)


def _scene(rng: np.random.Generator, size: int, *, alone: bool) -> _Scene:
    shape = _shape(rng)
    stand, view = place_camera(rng, shape)
    in_company = alone and stand in HAS_COMPANY and rng.random() < COMPANY_SHARE
    stands = not in_company and stand in MAY_STAND and rng.random() < STANDING_SHARE
    if in_company or stands:
        farther = rng.uniform(*(ROW_FOCAL if in_company else STANDING_FOCAL))
        view = replace(view, focal=view.focal * float(farther))
    directions = rays(view, size, size)
    return _Scene(shape, stand, view, directions, trace(shape, view, directions), in_company, stands)


@dataclass(frozen=True, slots=True)
class _Planted:
    """What was done to a tyre's rubber, and how the rubber was before."""

    defect: str
    severity: float
    spots: Field
    before: Rubber | None = None


def _unhurt(rng: np.random.Generator, rubber: Rubber, *, flat: bool) -> _Planted:
    """Nothing is wrong with the rubber; the air may be out."""
    darken_grooves(rubber, float(rng.uniform(0.7, 0.95)))
    severity = float(rng.uniform(0.2, 1)) if flat else 0.0
    return _Planted("flat" if flat else "", severity, np.zeros_like(rubber.pattern))


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


def _plant(rng: np.random.Generator, rubber: Rubber, scene: _Scene) -> _Planted | None:
    """One kind of damage at a place that the camera sees well."""
    on_side = rng.random() < {"flank": 1.0, "sidewall": 0.85, "three_quarter": 0.35}.get(scene.stand, 0.03)
    spot = _seen_spot(rng, scene, on_side)
    if spot is None:
        return None
    table = ON_SIDEWALL if on_side else ON_TREAD
    seldom = {"worn"} if scene.stand in SHOWS_HAIRLINES else {"worn", "crazed"}
    names = [name for name in table if name not in seldom]
    is_worn = not on_side and rng.random() < WORN_SHARE
    name = "worn" if is_worn else names[int(rng.integers(len(names)))]
    severity = float(rng.uniform(0.2, 1))
    shade = float(rng.uniform(0.7, 0.95))
    if is_worn:
        mask = table[name](rng, rubber, spot, severity)
        darken_grooves(rubber, shade)
        return _Planted(name, severity, mask)
    darken_grooves(rubber, shade)
    before = rubber.copy()
    mask = table[name](rng, rubber, spot, severity)
    if name not in ("bulge", "crazed") and not _tells(before.colour, rubber.colour, mask):
        return None
    return _Planted(name, severity, mask, before)


def _tells(before: Picture, after: Picture, mask: Field) -> bool:
    """Whether the damage can be told from the rubber around it: a black crack in a black groove cannot."""
    change = np.abs(after - before)[mask > 0.5]
    return change.size > 0 and float(change.mean()) > 0.55 * float(before.mean())


def _seen_spot(rng: np.random.Generator, scene: _Scene, on_side: bool) -> tuple[float, float] | None:
    surface = scene.surface
    reach = np.abs(surface.across)
    place = (reach > 1.2) & (reach < 1.75) if on_side else reach < 0.85
    faces = -np.einsum("hwc,hwc->hw", surface.normal, scene.directions) > LEAST_FACING
    good = place & faces & (surface.cover > 0.9) & (surface.inside < 0.5)
    height, width = good.shape
    frame = np.zeros_like(good)
    frame[height // 10 : -height // 10, width // 10 : -width // 10] = True
    rows, columns = np.nonzero(good & frame)
    if len(rows) < 0.01 * good.size:
        return None
    pick = int(rng.integers(len(rows)))
    return float(surface.around[rows[pick], columns[pick]]), float(surface.across[rows[pick], columns[pick]])


def _covers_enough(mask: Field, defect: str) -> bool:
    """At least a coin's worth of the picture; of worn tread enough to tell it from a sidewall."""
    return float((mask > 0.5).mean()) > (0.08 if defect == "worn" else 0.025)


def _stands_out(damaged: Picture, sound: Picture, mask: Field) -> bool:
    """Whether a person could point at it in this light: not at a blister in the dark."""
    change = np.abs(damaged - sound)[mask > 0.5].max(axis=1)
    return float((change > 0.2 * float(damaged.mean())).mean()) > 0.25


def _shows_its_tread(bent: Bent, rubber: Rubber, scene: _Scene) -> bool:
    """Of a sound tread that is seen, grooves and blocks: one block close by passes for a bald tyre."""
    surface = scene.surface
    tread = (np.abs(surface.across) < 0.95) & (surface.cover > 0.5) & (surface.inside < 0.5)
    if float(tread.mean()) < 0.05:
        return True
    return is_sound(bent.field(rubber.pattern)[tread])


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


def _neighbour(rng: np.random.Generator, size: int) -> Picture:
    """A sound tyre behind the tyre, a little out of focus."""
    other = draw_tyre(rng, max(64, size // 8 * 4), defective=False, alone=False)
    return as_field(cv2.resize(other.light, (size, size), interpolation=cv2.INTER_LINEAR))
