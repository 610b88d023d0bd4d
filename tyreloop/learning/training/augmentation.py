"""Each lesson a little different each time it is seen.

Done on bytes with OpenCV: the same on whole batches of floats in torch took 40 % of a training step.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from tyreloop.learning.datasets.prepared import MASK_SIDE
from tyreloop.learning.drawing.noise import grain
from tyreloop.learning.recipe import Augmentation

Bytes = NDArray[np.uint8]


def augmented(
    pictures: Bytes, masks: Bytes, side: int, recipe: Augmentation, dice: np.random.Generator
) -> tuple[Bytes, Bytes]:
    """Pictures N x H x W x 3 and masks N x 56 x 56, changed; the pictures `side` large."""
    changed = np.empty((len(pictures), side, side, 3), np.uint8)
    moved_masks = np.empty_like(masks)
    for place, (picture, mask) in enumerate(zip(pictures, masks, strict=True)):
        matrix = _movement(recipe, dice)
        moved = _moved(picture, matrix, side, cv2.BORDER_REFLECT_101)
        changed[place] = _recoloured(moved, recipe, dice)
        moved_masks[place] = _moved(mask, matrix, MASK_SIDE, cv2.BORDER_CONSTANT)
    return changed, moved_masks


def _movement(recipe: Augmentation, dice: np.random.Generator) -> NDArray[np.float64]:
    """Turned, zoomed, squashed, shifted, mirrored; from new places to old ones, both from -1 to 1."""
    turn = math.radians(dice.uniform(-recipe.turn_degrees, recipe.turn_degrees))
    if recipe.quarter_turns:
        turn += dice.integers(4) * math.pi / 2
    zoom = 1 - dice.random(2) * recipe.zoom
    shift = dice.uniform(-1, 1, 2) * (1 - zoom)
    mirror = dice.choice([-1.0, 1.0])
    cos, sin = math.cos(turn), math.sin(turn)
    return np.array(
        [
            [cos * zoom[0] * mirror, -sin * zoom[1], shift[0]],
            [sin * zoom[0] * mirror, cos * zoom[1], shift[1]],
        ]
    )


def _moved(picture: Bytes, matrix: NDArray[np.float64], side: int, border: int) -> Bytes:
    """The matrix in pixels: new places at `side`, old places at the picture's own size."""
    old, new = picture.shape[0] / 2, side / 2
    pixels = matrix * (old / new)
    pixels[:, 2] = matrix[:, 2] * old + old - 0.5 - pixels[:, :2].sum(axis=1) * (new - 0.5)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(picture, pixels, (side, side), flags=flags, borderMode=border), np.uint8)


def _recoloured(picture: Bytes, recipe: Augmentation, dice: np.random.Generator) -> Bytes:
    light, contrast = np.exp(dice.uniform(-recipe.light, recipe.light, 2))
    tint = np.exp(dice.uniform(-recipe.light, recipe.light, 3) / 4)
    levels = (np.arange(256)[:, None] * light * tint - 110) * contrast + 110
    table = np.clip(levels, 0, 255).astype(np.uint8)
    picture = np.asarray(cv2.LUT(picture, table[None]), np.uint8)
    if dice.random() < recipe.grey:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        picture = np.asarray(cv2.merge([grey, grey, grey]), np.uint8)
    if dice.random() < recipe.blur:
        picture = np.asarray(cv2.blur(picture, (3, 3)), np.uint8)
    if dice.random() < 0.5 and recipe.noise:
        dots = grain(dice, *picture.shape[:2]) * (dice.random() * recipe.noise * 255)
        picture = np.clip(picture + dots[..., None], 0, 255).astype(np.uint8)
    return picture
