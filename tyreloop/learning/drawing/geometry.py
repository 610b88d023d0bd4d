"""Where each pixel of a picture meets a tyre: a ring with a rounded-box profile, seen by a pinhole camera."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Mask, Points, as_field, thrice

NEAR = 0.05
"""Outer radii; the tyre's surface bends little within such a distance."""


BEHIND = np.float32(8)
"""Farther from the camera than any tyre."""


@dataclass(frozen=True, slots=True)
class TyreShape:
    """A tyre around the x axis with an outer radius of 1."""

    rim_radius: float
    half_width: float
    rounding: float

    @property
    def section_half(self) -> float:
        return (1 - self.rim_radius) / 2

    @property
    def section_centre(self) -> float:
        return (1 + self.rim_radius) / 2


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole camera: its place, its three axes, and how many half pictures a unit at distance 1 fills."""

    position: Points
    forward: Points
    right: Points
    up: Points
    focal: float
    stretch: float


@dataclass(frozen=True, slots=True)
class Surface:
    """What a picture sees of a tyre: cover, place around (radians) and across (beyond 1: sidewall)."""

    cover: Field
    around: Field
    across: Field
    distance: Field
    normal: Points
    along: Points
    sideways: Points
    inside: Field


def rays(view: View, height: int, width: int) -> Points:
    """The direction of every pixel's ray, of length 1."""
    columns = (np.arange(width, dtype=np.float32) + 0.5) * 2 / width - 1
    rows = 1 - (np.arange(height, dtype=np.float32) + 0.5) * 2 / height
    across, down = (columns / view.focal * view.stretch)[None, :], (rows / view.focal)[:, None]
    parts = [across * view.right[i] + (down * view.up[i] + view.forward[i]) for i in range(3)]
    return unit(as_field(cv2.merge(parts)))


def unit(vectors: Points) -> Points:
    """The same directions with length 1."""
    return vectors * thrice(1 / np.sqrt(np.einsum("hwc,hwc->hw", vectors, vectors)))


def _profile(shape: TyreShape, x: Field, y: Field, z: Field) -> tuple[Field, Field, Field]:
    radius = np.sqrt(y * y + z * z)
    outward = np.abs(radius - np.float32(shape.section_centre)) - np.float32(
        shape.section_half - shape.rounding
    )
    side = np.abs(x) - np.float32(shape.half_width - shape.rounding)
    return radius, outward, side


def _gap(shape: TyreShape, x: Field, y: Field, z: Field) -> Field:
    """The distance from points to the rubber."""
    _, outward, side = _profile(shape, x, y, z)
    corner = np.sqrt(np.maximum(outward, 0) ** 2 + np.maximum(side, 0) ** 2)
    return as_field(corner + np.minimum(np.maximum(outward, side), 0) - np.float32(shape.rounding))


def _march(
    shape: TyreShape, view: View, directions: Points, travelled: Field, steps: int
) -> tuple[Field, Field]:
    """Walk along N rays until the rubber; also the closest that each came, seen from the camera."""
    dx, dy, dz = (np.ascontiguousarray(directions[:, i]) for i in range(3))
    px, py, pz = (np.float32(value) for value in view.position)
    closest = np.full(travelled.shape, 9, np.float32)
    before, step = closest, np.ones_like(closest)
    for number in range(steps):
        gap = _gap(shape, px + travelled * dx, py + travelled * dy, pz + travelled * dz)
        np.minimum(closest, gap / travelled, out=closest)
        step = as_field(np.maximum(gap, 1e-5) / _approach(gap, before, step) if number else gap)
        travelled, before = travelled + step, gap
    return travelled, closest


def _approach(gap: Field, before: Field, step: Field) -> Field:
    """A ray that grazes a wall nears it slowly: close by, it may go as far as its approach allows."""
    approach = np.clip((before - gap) / step, 0.3, 1)
    approach[gap > NEAR] = 1
    return as_field(approach)


def trace(shape: TyreShape, view: View, directions: Points) -> Surface:
    """Meet the tyre coarsely first, then at full size with the rays that come near it."""
    height, width = directions.shape[:2]
    pixel = 2 / (view.focal * height)
    begin, passes = _begin(shape, view, height, width, pixel)
    travelled = np.full(height * width, BEHIND, np.float32)
    closest = np.full(height * width, 9, np.float32)
    near = np.flatnonzero(passes.ravel())
    rays_near = directions.reshape(-1, 3)[near]
    travelled[near], closest[near] = _march(shape, view, rays_near, begin.ravel()[near], 8)
    cover = np.clip(1.1 - closest / np.float32(pixel) * np.float32(0.7), 0, 1).reshape(height, width)
    return _describe(shape, view, directions, travelled.reshape(height, width), cover)


def _begin(shape: TyreShape, view: View, height: int, width: int, pixel: float) -> tuple[Field, Mask]:
    """How far each ray may go unseen, and which rays may meet the tyre: from a sixteenth of them."""
    rows, columns = height // 4, width // 4
    start = max(0.02, float(np.linalg.norm(view.position)) - 1.45)
    coarse = rays(view, rows, columns).reshape(-1, 3)
    far, closest = _march(shape, view, coarse, np.full(rows * columns, start, np.float32), 22)
    around = np.ones((3, 3), np.uint8)
    nearest = as_field(cv2.erode(far.reshape(rows, columns), around)) * np.float32(0.985)
    passes = cv2.dilate((closest < 8 * pixel).astype(np.uint8).reshape(rows, columns), around)
    begin = cv2.resize(np.minimum(nearest, BEHIND), (width, height), interpolation=cv2.INTER_LINEAR)
    wide = cv2.resize(passes, (width, height), interpolation=cv2.INTER_NEAREST)
    return as_field(begin), np.asarray(wide, np.uint8)


def _describe(shape: TyreShape, view: View, directions: Points, travelled: Field, cover: Field) -> Surface:
    x, y, z = (np.float32(view.position[i]) + travelled * directions[..., i] for i in range(3))
    radius, outward, side = _profile(shape, x, y, z)
    radius = np.maximum(radius, np.float32(1e-4))
    raise_out = np.where(outward > side, np.maximum(outward, 1e-4), np.maximum(outward, 0))
    raise_side = np.where(outward > side, np.maximum(side, 0), np.maximum(side, 1e-4))
    length = np.sqrt(raise_out**2 + raise_side**2)
    radial = np.sign(radius - np.float32(shape.section_centre)) * raise_out / length
    axial = np.sign(x) * raise_side / length
    cos, sin = y / radius, z / radius
    zero = np.zeros_like(x)
    normal = cv2.merge([axial, radial * cos, radial * sin])
    along = cv2.merge([zero, -sin, cos])
    sideways = cv2.merge([radial, -axial * cos, -axial * sin])
    heading = math.atan2(float(view.position[2]), float(view.position[1]))
    cos_h, sin_h = math.cos(heading), math.sin(heading)
    around = np.arctan2(cos_h * z - sin_h * y, cos_h * y + sin_h * z)
    return Surface(
        cover=as_field(cover),
        around=as_field(around),
        across=_across(shape, x, radius),
        distance=travelled,
        normal=as_field(normal),
        along=as_field(along),
        sideways=as_field(sideways),
        inside=as_field((radial < -0.3) & (np.abs(axial) < 0.9)),
    )


def _across(shape: TyreShape, x: Field, radius: Field) -> Field:
    """The place across: -1..1 on the tread, up to +-2 down the sidewall to the rim."""
    reach = np.abs(x) / np.float32(shape.half_width)
    height = (radius - np.float32(shape.section_centre)) / np.float32(shape.section_half)
    on_tread = height > reach
    down = 1 + (1 - height / np.maximum(reach, 0.2)) / 2
    return as_field(np.sign(x) * np.where(on_tread, reach / np.maximum(height, 0.2), np.maximum(down, 1)))
