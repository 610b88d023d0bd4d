"""Where the camera stands, and what a phone does to the light: exposure, colour, blur, noise, JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Picture, Pixels, Points, as_field, thrice
from tyreloop.learning.drawing.geometry import TyreShape, View
from tyreloop.learning.drawing.noise import grain


@dataclass(frozen=True, slots=True)
class Stand:
    """A kind of view: angles in degrees, distance in outer radii, share of the picture."""

    name: str
    share: float
    aside: tuple[float, float]
    above: tuple[float, float]
    distance: tuple[float, float]
    roll: float


STANDS = (
    Stand("tread", 0.27, (-22, 22), (-5, 35), (2.2, 4.5), 12),
    Stand("close_up", 0.25, (-35, 35), (-30, 50), (1.5, 2.1), 180),
    Stand("three_quarter", 0.22, (22, 62), (-5, 35), (2.2, 4.6), 14),
    Stand("sidewall", 0.15, (62, 90), (-8, 20), (2.1, 4.5), 14),
    Stand("flank", 0.11, (55, 90), (-30, 30), (0.35, 0.9), 180),
)


def place_camera(rng: np.random.Generator, shape: TyreShape) -> tuple[str, View]:
    """A random stand, and the camera on it."""
    stand = STANDS[int(rng.choice(len(STANDS), p=[stand.share for stand in STANDS]))]
    if stand.name == "flank":
        return stand.name, _before_flank(rng, stand, shape)
    aside = np.radians(rng.uniform(*stand.aside)) * rng.choice([-1, 1])
    above = np.radians(rng.uniform(*stand.above))
    distance = rng.uniform(*stand.distance)
    spot = np.array([np.sin(aside) * np.cos(above), np.cos(aside) * np.cos(above), np.sin(above)])
    target = _target(rng, stand, shape, spot)
    roll = np.radians(np.clip(rng.normal(0, stand.roll / 2), -stand.roll, stand.roll))
    focal = rng.uniform(1.5, 3.2) if stand.name == "close_up" else distance * rng.uniform(0.72, 1.25)
    return stand.name, look_at(
        spot * distance, target, float(roll), float(focal), float(rng.uniform(0.75, 1.35))
    )


def _before_flank(rng: np.random.Generator, stand: Stand, shape: TyreShape) -> View:
    """So close to the sidewall that hardly anything else is seen."""
    side, turn = rng.choice([-1, 1]), rng.uniform(0, 2 * np.pi)
    radius = shape.section_centre + shape.section_half * rng.uniform(-0.6, 0.5)
    outward = np.array([0.0, np.cos(turn), np.sin(turn)])
    target = outward * radius + [side * shape.half_width * 0.9, 0, 0]
    aside = np.radians(rng.uniform(*stand.aside))
    away = outward * np.cos(aside) * rng.choice([-0.6, 1]) + [side * np.sin(aside), 0, 0]
    position = target + away / np.linalg.norm(away) * rng.uniform(*stand.distance)
    roll = float(np.radians(rng.uniform(-stand.roll, stand.roll)))
    return look_at(position, target, roll, float(rng.uniform(1.2, 2.4)), float(rng.uniform(0.75, 1.35)))


def _target(rng: np.random.Generator, stand: Stand, shape: TyreShape, spot: Points) -> Points:
    """Near the tyre's middle; a close-up looks at a place on the tread."""
    if stand.name != "close_up":
        return np.asarray(rng.normal(0, 0.12, 3))
    return np.asarray(spot * [0.3, 0.9, 0.9] + rng.normal(0, 0.12, 3) * [shape.half_width * 2, 1, 1])


def look_at(position: Points, target: Points, roll: float, focal: float, stretch: float) -> View:
    """A camera at `position` that looks at `target`, turned by `roll` radians."""
    forward = (target - position) / np.linalg.norm(target - position)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= max(1e-6, float(np.linalg.norm(right)))
    up = np.cross(right, forward)
    turned_right = np.cos(roll) * right + np.sin(roll) * up
    turned_up = np.cos(roll) * up - np.sin(roll) * right
    return View(
        as_field(position), as_field(forward), as_field(turned_right), as_field(turned_up), focal, stretch
    )


def develop(rng: np.random.Generator, light: Picture) -> Pixels:
    """A phone's picture of the light: exposed, tinted, a little blurred, noisy, compressed."""
    picture = _exposed(rng, light)
    picture = _softened(rng, picture)
    height, width = picture.shape[:2]
    noise = thrice(grain(rng, height, width) * np.float32(abs(rng.normal(0, 0.018))))
    pixels = np.asarray(np.clip((picture + noise) * 255, 0, 255), np.uint8)
    return _compressed(rng, pixels)


def _exposed(rng: np.random.Generator, light: Picture) -> Picture:
    height, width = light.shape[:2]
    middle = light[height // 4 : -height // 4 : 4, width // 4 : -width // 4 : 4]
    metered = 0.5 * float(light[::8, ::8].mean()) + 0.5 * float(middle.mean())
    gain = np.clip(rng.uniform(0.26, 0.6) / max(0.02, metered), 0.6, 3.0) ** rng.uniform(0.4, 1.0)
    balance = 1 + rng.normal(0, 0.045, 3).astype(np.float32)
    picture = np.clip(light * (np.float32(gain) * balance), 0, 1.4)
    picture = np.power(picture, np.float32(rng.uniform(0.6, 1.1)), out=picture)
    contrast = np.float32(rng.uniform(0.75, 1.15))
    picture = (picture - 0.45) * contrast + 0.45
    if rng.random() < 0.2:
        grey = picture.mean(axis=2, keepdims=True)
        picture = grey + (picture - grey) * np.float32(rng.uniform(0, 1.6))
    return as_field(np.clip(picture, 0, 1))


def _softened(rng: np.random.Generator, picture: Picture) -> Picture:
    choice, size = rng.random(), picture.shape[0] / 224
    if choice < 0.35:
        return as_field(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.0) * size))
    if choice < 0.5:
        return _sharpened(picture, rng.uniform(0.3, 1.2), size)
    if choice < 0.62:
        small = cv2.resize(picture, None, fx=0.62, fy=0.62, interpolation=cv2.INTER_AREA)
        return as_field(
            cv2.resize(small, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
        )
    return picture


def _sharpened(picture: Picture, strength: float, size: float) -> Picture:
    soft = as_field(cv2.GaussianBlur(picture, (0, 0), 1.0 * size))
    return as_field(np.clip(picture + (picture - soft) * np.float32(strength), 0, 1))


def _compressed(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    if rng.random() > 0.4:
        return pixels
    _, code = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))])
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
