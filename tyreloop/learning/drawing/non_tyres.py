"""What people also photograph: scenes, pages, screens, faces, round things that are no tyres, plain noise."""

from collections.abc import Callable

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Mask, Picture, as_field, grid, laid_over, thrice, tinted
from tyreloop.learning.drawing.backgrounds import clutter, sky, studio
from tyreloop.learning.drawing.noise import cloudy_noise, grain
from tyreloop.learning.drawing.textures import any_texture, hue, vivid
from tyreloop.learning.drawing.wheel import draw_disc

Scene = Callable[[np.random.Generator, int], Picture]


def _tone(colour: Picture) -> list[float]:
    return [float(level) for level in colour]


def _any_colour(rng: np.random.Generator) -> list[float]:
    return _tone(vivid(rng) if rng.random() < 0.5 else hue(rng, 0.0, 1.0))


def texture(rng: np.random.Generator, size: int) -> Picture:
    """A surface from near."""
    return any_texture(rng, size, size)


def landscape(rng: np.random.Generator, size: int) -> Picture:
    """A sky over a ground with trees, houses or hills between."""
    picture, horizon = sky(rng, size, size), int(size * rng.uniform(0.3, 0.75))
    for _ in range(int(rng.integers(2, 12))):
        x, wide, tall = rng.uniform(0, size), size * rng.uniform(0.04, 0.4), size * rng.uniform(0.05, 0.45)
        if rng.random() < 0.5:
            corner, other = (int(x), int(horizon - tall)), (int(x + wide), horizon)
            cv2.rectangle(picture, corner, other, _any_colour(rng), -1)
            _windows(rng, picture, corner, other)
        else:
            cv2.ellipse(
                picture,
                (int(x), horizon),
                (int(wide), int(tall)),
                0,
                180,
                360,
                _any_colour(rng),
                -1,
                cv2.LINE_AA,
            )
    picture[horizon:] = any_texture(rng, size, size)[: size - horizon]
    return picture


def _windows(
    rng: np.random.Generator, picture: Picture, corner: tuple[int, int], other: tuple[int, int]
) -> None:
    step, colour = max(5, int(picture.shape[0] * rng.uniform(0.03, 0.1))), _any_colour(rng)
    for x in range(corner[0] + 2, other[0] - step // 2, step):
        for y in range(corner[1] + 2, other[1] - step // 2, step):
            cv2.rectangle(picture, (x, y), (x + step // 2, y + step // 2), colour, -1)


def leaves(rng: np.random.Generator, size: int) -> Picture:
    """Shapes over shapes, each with its own texture and shade: the make-up of most photos."""
    picture = any_texture(rng, size, size)
    for _ in range(int(rng.integers(4, 16))):
        cover = _blob(rng, size)
        fill = (
            any_texture(rng, size, size)
            if rng.random() < 0.3
            else thrice(cloudy_noise(rng, size, size, size / 3))
        )
        shade = cloudy_noise(rng, size, size, size / 2) + np.float32(0.4)
        picture = laid_over(
            picture,
            fill * tinted(shade, np.asarray(_any_colour(rng), np.float32) * 1.3),
            as_field(cover) / 255,
        )
    return picture


def _blob(rng: np.random.Generator, size: int) -> Mask:
    cover = np.zeros((size, size), np.uint8)
    corners = int(rng.integers(3, 12))
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = size * rng.uniform(0.05, 0.4) * rng.uniform(0.6, 1.2, corners)
    middle = rng.uniform(0, size, 2)
    outline = middle + np.stack([np.cos(angles), np.sin(angles)], 1) * reach[:, None]
    cv2.fillPoly(cover, [(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return cover


def page(rng: np.random.Generator, size: int) -> Picture:
    """A page or a sign with words."""
    picture = np.empty((size, size, 3), np.float32)
    dark = rng.random() < 0.25
    picture[:] = hue(rng, 0.0, 0.2) if dark else hue(rng, 0.75, 1.0, 0.04)
    ink = hue(rng, 0.8, 1.0) if dark else hue(rng, 0.0, 0.35)
    words = np.zeros((size, size), np.uint8)
    scale, y = size / 224 * rng.uniform(0.25, 1.6), 0.0
    while y < size:
        y += 26 * scale * rng.uniform(1.0, 1.6)
        text = "".join(rng.choice(list("aeioubcdlmnprst AEMNRST   0123.,"), int(rng.integers(6, 60))))
        spot = (int(size * rng.uniform(0.0, 0.12)), int(y))
        cv2.putText(
            words, text, spot, int(rng.choice([0, 2, 3])), scale, 255, max(1, round(scale * 1.6)), cv2.LINE_AA
        )
    return laid_over(picture, np.broadcast_to(ink, picture.shape), as_field(words) / 255)


def screen(rng: np.random.Generator, size: int) -> Picture:
    """A program's window: bars, panels, a chart."""
    picture = np.empty((size, size, 3), np.float32)
    picture[:] = hue(rng, 0.05, 1.0)
    for _ in range(int(rng.integers(5, 25))):
        x, y = rng.integers(0, size, 2)
        w, h = (rng.uniform(0.03, 0.6, 2) ** 1.3 * size).astype(int)
        cv2.rectangle(
            picture,
            (int(x), int(y)),
            (int(x + w), int(y + h)),
            _any_colour(rng),
            -1 if rng.random() < 0.7 else 1,
        )
    line = np.stack([np.linspace(0, size, 20), size * (0.5 + np.cumsum(rng.normal(0, 0.06, 20)))], 1).astype(
        np.int32
    )
    cv2.polylines(picture, [line], False, _any_colour(rng), 2, cv2.LINE_AA)
    return picture


def face(rng: np.random.Generator, size: int) -> Picture:
    """Something like a face before something."""
    picture = clutter(rng, size, size)
    skin = np.array([0.9, rng.uniform(0.55, 0.75), rng.uniform(0.4, 0.65)], np.float32) * np.float32(
        rng.uniform(0.3, 1.05)
    )
    x, y = (size * rng.uniform(0.35, 0.65, 2)).astype(int)
    w, h = int(size * rng.uniform(0.12, 0.35)), int(size * rng.uniform(0.2, 0.45))
    hair, body = _tone(hue(rng, 0.02, 0.6)), _any_colour(rng)
    cv2.ellipse(picture, (int(x), size), (int(w * 1.9), int(h * 0.9)), 0, 0, 360, body, -1, cv2.LINE_AA)
    cv2.ellipse(
        picture, (int(x), int(y - h // 5)), (int(w * 1.15), int(h * 1.05)), 0, 0, 360, hair, -1, cv2.LINE_AA
    )
    cv2.ellipse(picture, (int(x), int(y)), (w, h), rng.uniform(-15, 15), 0, 360, _tone(skin), -1, cv2.LINE_AA)
    for side in (-1, 1):
        eye = (int(x + side * w * 0.42), int(y - h * 0.15))
        cv2.ellipse(
            picture, eye, (max(1, w // 5), max(1, h // 14)), 0, 0, 360, (0.9, 0.9, 0.9), -1, cv2.LINE_AA
        )
        cv2.circle(picture, eye, max(1, w // 10), _tone(hue(rng, 0.0, 0.3)), -1, cv2.LINE_AA)
    cv2.ellipse(
        picture, (int(x), int(y + h * 0.5)), (int(w * 0.4), max(1, h // 12)), 0, 0, 180, _tone(skin * 0.5), -1
    )
    light = np.float32(0.6) + np.float32(0.7) * cloudy_noise(rng, size, size, size)
    return as_field(cv2.GaussianBlur(picture * thrice(light), (0, 0), max(0.5, size / 220)))


def bare_wheel(rng: np.random.Generator, size: int) -> Picture:
    """A wheel without rubber, a plate, a clock: round, yet no tyre."""
    picture = _somewhere(rng, size)
    disc = draw_disc(rng) if rng.random() < 0.5 else _plate(rng)
    side = int(size * rng.uniform(0.3, 0.95))
    squeezed = as_field(
        cv2.resize(disc, (max(8, int(side * rng.uniform(0.5, 1))), side), interpolation=cv2.INTER_AREA)
    )
    height, width = squeezed.shape[:2]
    cover = np.zeros((height, width), np.uint8)
    cv2.ellipse(
        cover, (width // 2, height // 2), (width // 2 - 1, height // 2 - 1), 0, 0, 360, 255, -1, cv2.LINE_AA
    )
    top, left = int(rng.integers(0, size - height + 1)), int(rng.integers(0, size - width + 1))
    place = picture[top : top + height, left : left + width]
    place[:] = laid_over(place.copy(), squeezed, as_field(cover) / 255)
    return picture


def _plate(rng: np.random.Generator) -> Picture:
    plate = np.empty((192, 192, 3), np.float32)
    plate[:] = np.asarray(_any_colour(rng), np.float32)
    for radius in sorted(rng.uniform(10, 96, int(rng.integers(1, 7))))[::-1]:
        cv2.circle(
            plate, (96, 96), int(radius), _any_colour(rng), -1 if rng.random() < 0.6 else 2, cv2.LINE_AA
        )
    if rng.random() < 0.4:
        digits = np.zeros((192, 192), np.uint8)
        for hour in range(12):
            spot = (int(90 + 75 * np.sin(hour * np.pi / 6)), int(100 - 75 * np.cos(hour * np.pi / 6)))
            cv2.putText(digits, str(hour or 12), spot, 0, 0.5, 255, 1, cv2.LINE_AA)
        plate = laid_over(plate, np.zeros_like(plate), as_field(digits) / 255)
    return plate


def _somewhere(rng: np.random.Generator, size: int) -> Picture:
    choice = rng.random()
    if choice < 0.3:
        return studio(rng, size, size)
    return clutter(rng, size, size) if choice < 0.65 else any_texture(rng, size, size)


def balls(rng: np.random.Generator, size: int) -> Picture:
    """Fruit, coins, pebbles, cells: shaded round bodies."""
    picture = _somewhere(rng, size)
    rows, columns = grid(size, size)
    for _ in range(int(rng.integers(1, 14))):
        x, y = (float(place) for place in rng.uniform(0, size, 2))
        radius = size * float(rng.uniform(0.04, 0.3))
        inside = 1 - ((columns - x) ** 2 + (rows - y) ** 2) / radius**2
        bulk = np.sqrt(np.maximum(inside, 0))
        shade = 0.4 + 0.8 * bulk * (1 + 0.3 * (x - columns) / radius + 0.3 * (y - rows) / radius)
        picture = laid_over(
            picture,
            tinted(as_field(shade), np.asarray(_any_colour(rng), np.float32)),
            np.clip(inside * radius / 2, 0, 1),
        )
    return picture


def stripes(rng: np.random.Generator, size: int) -> Picture:
    """Stripes, checks and blinds."""
    rows, columns = grid(size, size)
    angle, period = float(rng.uniform(0, np.pi)), size * float(rng.uniform(0.02, 0.3))
    along = (columns * float(np.cos(angle)) + rows * float(np.sin(angle))) * (6.283 / period)
    wave = np.sin(along)
    if rng.random() < 0.5:
        wave = wave * np.sin(
            (columns * float(np.sin(angle)) - rows * float(np.cos(angle))) * (6.283 / period)
        )
    cover = np.clip(wave * float(rng.choice([0.5, 8.0])) + 0.5, 0, 1)
    first, second = (
        tinted(np.ones((size, size), np.float32), np.asarray(_any_colour(rng), np.float32)) for _ in range(2)
    )
    return laid_over(first, second, as_field(cover))


def static(rng: np.random.Generator, size: int) -> Picture:
    """Noise, haze, a night sky, a lens cap."""
    kind = rng.random()
    if kind < 0.3:
        return as_field(np.clip(0.5 + 0.3 * rng.standard_normal((size, size, 3), dtype=np.float32), 0, 1))
    if kind < 0.55:
        stars = np.maximum(grain(rng, size, size, rng.uniform(0, 1.5)) - np.float32(rng.uniform(1.5, 3)), 0)
        return tinted(stars, hue(rng, 0.6, 1.0)) + np.float32(0.1)
    haze = [cloudy_noise(rng, size, size, size * rng.uniform(0.1, 1)) for _ in range(3)]
    return as_field(cv2.merge(haze))


SCENES: dict[str, tuple[float, Scene]] = {
    "texture": (0.2, texture),
    "landscape": (0.1, landscape),
    "leaves": (0.16, leaves),
    "clutter": (0.07, lambda rng, size: clutter(rng, size, size)),
    "page": (0.08, page),
    "screen": (0.06, screen),
    "face": (0.08, face),
    "bare_wheel": (0.09, bare_wheel),
    "balls": (0.06, balls),
    "stripes": (0.04, stripes),
    "static": (0.06, static),
}


def draw_non_tyre(rng: np.random.Generator, size: int) -> tuple[str, Picture]:
    """Anything but a tyre, and its name."""
    names = list(SCENES)
    name = names[int(rng.choice(len(names), p=[SCENES[name][0] for name in names]))]
    picture = SCENES[name][1](rng, size)
    if rng.random() < 0.3:
        picture = thrice(as_field(picture.mean(axis=2)))
    return name, as_field(np.clip(picture, 0, 1.4))
