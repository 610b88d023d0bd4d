"""The wheel inside a tyre: spokes, hub and nuts, or an empty hole."""

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Picture, Points, as_field, laid_over, thrice
from tyreloop.learning.drawing.geometry import TyreShape, View
from tyreloop.learning.drawing.textures import hue, vivid

_SIDE = 192


def draw_disc(rng: np.random.Generator) -> Picture:
    """A wheel seen from its axis on a square picture; its edge is at the picture's edge."""
    disc = np.zeros((_SIDE, _SIDE, 3), np.float32)
    disc[:] = hue(rng, 0.01, 0.12)
    metal = vivid(rng) if rng.random() < 0.15 else hue(rng, 0.1, 0.95, 0.04)
    centre = _SIDE // 2
    if rng.random() < 0.2:
        cv2.circle(disc, (centre, centre), int(centre * 0.9), _tone(metal * 0.8), -1, cv2.LINE_AA)
    else:
        _spokes(rng, disc, metal)
    cv2.circle(
        disc, (centre, centre), int(centre * 0.94), _tone(metal), int(rng.integers(4, 14)), cv2.LINE_AA
    )
    hub = int(centre * rng.uniform(0.14, 0.3))
    cv2.circle(disc, (centre, centre), hub, _tone(metal * 0.9), -1, cv2.LINE_AA)
    cv2.circle(disc, (centre, centre), int(hub * 0.55), _tone(hue(rng, 0.02, 0.6)), -1, cv2.LINE_AA)
    for angle in np.arange(5) * 2 * np.pi / 5:
        nut = (int(centre + hub * 0.8 * np.cos(angle)), int(centre + hub * 0.8 * np.sin(angle)))
        cv2.circle(disc, nut, 3, _tone(metal * 0.4), -1, cv2.LINE_AA)
    slope = np.linspace(rng.uniform(0.6, 1.2), rng.uniform(0.6, 1.2), _SIDE, dtype=np.float32)
    return disc * thrice(np.broadcast_to(slope[:, None], (_SIDE, _SIDE)))


def _tone(colour: Picture) -> list[float]:
    return [float(value) for value in colour]


def _spokes(rng: np.random.Generator, disc: Picture, metal: Picture) -> None:
    centre, count = _SIDE / 2, int(rng.integers(4, 13))
    foot, top = rng.uniform(0.06, 0.3), rng.uniform(0.04, 0.25)
    twist = rng.uniform(-0.3, 0.3)
    for index in range(count):
        angle = index * 2 * np.pi / count
        corners = [
            (0.15, angle - foot),
            (0.15, angle + foot),
            (0.95, angle + top + twist),
            (0.95, angle - top + twist),
        ]
        outline = np.array(
            [(centre + centre * r * np.cos(a), centre + centre * r * np.sin(a)) for r, a in corners]
        )
        light = metal * np.float32(0.75 + 0.3 * np.cos(angle))
        cv2.fillPoly(disc, [(outline * 16).astype(np.int32)], _tone(light), cv2.LINE_AA, 4)


def paint_wheel(
    rng: np.random.Generator, shape: TyreShape, view: View, directions: Points, behind: Picture
) -> Picture:
    """The wheel's disc put into the picture."""
    side = 1.0 if view.position[0] >= 0 else -1.0
    plane = side * shape.half_width * rng.uniform(0.35, 0.95)
    slope = directions[..., 0]
    safe = np.where(np.abs(slope) < 1e-3, np.float32(-1e-3 * side), slope)
    reach = (plane - float(view.position[0])) / safe
    y = view.position[1] + reach * directions[..., 1]
    z = view.position[2] + reach * directions[..., 2]
    radius = np.sqrt(y * y + z * z)
    edge = shape.rim_radius * 1.03
    columns = as_field((y / edge + 1) * (_SIDE - 1) / 2)
    rows = as_field((z / edge + 1) * (_SIDE - 1) / 2)
    disc = as_field(
        cv2.remap(draw_disc(rng), columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )
    cover = as_field(np.clip((edge - radius) / 0.01, 0, 1) * (reach > 0))
    return laid_over(behind, disc, cover)
