"""What people put over photos: captions, banners, arrows, rings and a hand in the picture."""

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Picture, as_field, laid_over, tinted
from tyreloop.learning.drawing.noise import cloudy_noise
from tyreloop.learning.drawing.textures import hue, vivid

_LETTERS = list("AEIOURSTLNMDaeioursntlmd   0123456789%?!.")


def add_caption(rng: np.random.Generator, picture: Picture) -> Picture:
    """A banner with words at an edge, or words straight on the photo."""
    height, width = picture.shape[:2]
    size = height / 224 * rng.uniform(0.4, 1.3)
    tall = int(34 * size)
    top = int(rng.choice([0, height - tall, rng.integers(0, height - tall)], p=[0.3, 0.5, 0.2]))
    if rng.random() < 0.6:
        picture[top : top + tall] = vivid(rng) if rng.random() < 0.6 else hue(rng, 0.0, 1.0)
    words = np.zeros((height, width), np.uint8)
    text = "".join(rng.choice(_LETTERS, int(rng.integers(4, 26))))
    spot = (int(rng.uniform(0, 0.4) * width), top + int(24 * size))
    cv2.putText(words, text, spot, 0, size * 0.8, 255, max(1, round(1.6 * size)), cv2.LINE_AA)
    return _inked(rng, picture, as_field(words) / 255)


def add_mark(rng: np.random.Generator, picture: Picture) -> Picture:
    """A ring or an arrow drawn by somebody."""
    height, width = picture.shape[:2]
    ink = np.zeros((height, width), np.uint8)
    x, y = (int(value) for value in rng.uniform(0.15, 0.85, 2) * (width, height))
    thick = max(1, int(height / 224 * rng.uniform(1, 4)))
    if rng.random() < 0.5:
        axes = (int(width * rng.uniform(0.05, 0.3)), int(height * rng.uniform(0.05, 0.2)))
        cv2.ellipse(ink, (x, y), axes, rng.uniform(0, 180), 0, 360, 255, thick, cv2.LINE_AA)
    else:
        tip = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        cv2.arrowedLine(ink, (x, y), tip, 255, thick, cv2.LINE_AA, tipLength=0.2)
    return _inked(rng, picture, as_field(ink) / 255)


def add_hand(rng: np.random.Generator, picture: Picture) -> Picture:
    """Fingers that hold, touch or measure, from an edge of the picture."""
    height, width = picture.shape[:2]
    cover = np.zeros((height, width), np.uint8)
    x, y = rng.uniform(0.2, 0.8) * width, float(rng.choice([0.0, height]))
    inward = 1.0 if y == 0 else -1.0
    lean, thick = rng.normal(0, 0.4), height * rng.uniform(0.04, 0.09)
    for finger in range(int(rng.integers(1, 5))):
        root = (int(x + finger * thick * 1.15), int(y))
        reach = height * rng.uniform(0.12, 0.32)
        tip = (int(root[0] + lean * reach), int(y + inward * reach))
        cv2.line(cover, root, tip, 255, max(2, int(thick)), cv2.LINE_AA)
    skin = np.array([0.85, rng.uniform(0.5, 0.7), rng.uniform(0.35, 0.6)], np.float32) * np.float32(
        rng.uniform(0.25, 1.1)
    )
    shape = as_field(cover) / 255
    round_light = as_field(cv2.GaussianBlur(shape, (0, 0), thick * 0.3)) * np.float32(0.7)
    light = round_light + np.float32(0.4) * cloudy_noise(rng, height, width, thick * 2)
    return laid_over(picture, tinted(light, skin), shape)


def _inked(rng: np.random.Generator, picture: Picture, words: Field) -> Picture:
    ink = np.empty_like(picture)
    ink[:] = vivid(rng) if rng.random() < 0.4 else hue(rng, rng.choice([0.0, 0.9]), 1.0, 0.03)
    return laid_over(picture, ink, words)
