"""Each lesson a little different each time it is seen.

Done on bytes with OpenCV: the same on whole batches of floats in torch took 40 % of a training step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from tyreloop.learning.datasets.prepared import MASK_SIDE, Prepared
from tyreloop.learning.drawing.noise import grain
from tyreloop.learning.recipe import Augmentation
from tyreloop.learning.training.lessons import Batch, batch_of
from tyreloop.learning.training.mixture import Pick, Window, laid_over, wider

Bytes = NDArray[np.uint8]


class Augmenter:
    """Makes batches of one training's lessons."""

    def __init__(self, lessons: Prepared, recipe: Augmentation) -> None:
        self._lessons = lessons
        self._recipe = recipe
        self._lights = lights_of(lessons.pictures)

    def batch(self, picks: Sequence[Pick], side: int, dice: np.random.Generator) -> Batch:
        """The picked lessons, changed; the pictures `side` large."""
        batch = batch_of(self._lessons, [pick.place for pick in picks])
        pictures = np.empty((len(picks), side, side, 3), np.uint8)
        masks = np.empty((len(picks), MASK_SIDE, MASK_SIDE), np.uint8)
        for number, pick in enumerate(picks):
            pictures[number], masks[number] = self._one(number, pick, batch, side, dice)
        return batch._replace(pictures=pictures, masks=masks)

    def _one(
        self, number: int, pick: Pick, batch: Batch, side: int, dice: np.random.Generator
    ) -> tuple[Bytes, Bytes]:
        recipe = self._recipe
        upside_down = recipe.upside_down if self._lessons.entries[pick.place].view == "close_up" else 0.0
        matrix = movement(recipe, pick.window, dice, upside_down=upside_down)
        whole = batch.pictures[number]
        if pick.is_covered:
            for box in self._lessons.entries[pick.place].rectangles:
                whole = covered(whole, wider(box), dice)
        picture = moved(whole, matrix, side, cv2.BORDER_REFLECT_101)
        mask = moved(batch.masks[number], matrix, MASK_SIDE, cv2.BORDER_CONSTANT)
        if pick.is_sound:
            batch.become_sound(number)
            mask = np.zeros_like(mask)
        if pick.damage >= 0:
            picture, spot = self._with_damage(picture, pick.damage, side, dice)
            if spot is not None:
                batch.become_cracked(number)
                mask = np.asarray(cv2.resize(spot, (MASK_SIDE, MASK_SIDE)), np.uint8)
        return recoloured(picture, recipe, self._lights, dice), mask

    def _with_damage(
        self, picture: Bytes, damage: int, side: int, dice: np.random.Generator
    ) -> tuple[Bytes, Bytes | None]:
        boxes = self._lessons.entries[damage].rectangles
        box = boxes[dice.integers(len(boxes))]
        matrix = movement(self._recipe, box, dice, turn_degrees=180)
        return laid_over(
            picture, moved(self._lessons.pictures[damage], matrix, side, cv2.BORDER_REFLECT_101), dice
        )


def lights_of(pictures: Bytes) -> NDArray[np.float32]:
    """Mean and spread of each colour for a thousand pictures: N x 2 x 3."""
    some = pictures[:: max(1, len(pictures) // 1000), ::4, ::4].astype(np.float32)
    return np.stack([some.mean(axis=(1, 2)), some.std(axis=(1, 2))], axis=1)


def movement(
    recipe: Augmentation,
    window: Window,
    dice: np.random.Generator,
    *,
    turn_degrees: float | None = None,
    upside_down: float = 0.0,
) -> NDArray[np.float64]:
    """Turned, zoomed into the window, mirrored; from new places to old ones, both from -1 to 1."""
    most = recipe.turn_degrees if turn_degrees is None else turn_degrees
    turn = math.radians(dice.uniform(-most, most))
    if recipe.quarter_turns:
        turn += dice.integers(4) * math.pi / 2
    left, top, right, bottom = window
    zoom = np.array([right - left, bottom - top])
    shift = np.array([left + right - 1, top + bottom - 1])
    mirror = dice.choice([-1.0, 1.0])
    flip = -1.0 if dice.random() < upside_down else 1.0
    cos, sin = math.cos(turn), math.sin(turn)
    return np.array(
        [
            [cos * zoom[0] * mirror, -sin * zoom[0] * flip, shift[0]],
            [sin * zoom[1] * mirror, cos * zoom[1] * flip, shift[1]],
        ]
    )


def moved(picture: Bytes, matrix: NDArray[np.float64], side: int, border: int) -> Bytes:
    """The matrix in pixels: new places at `side`, old places at the picture's own size."""
    old, new = picture.shape[0] / 2, side / 2
    pixels = matrix * (old / new)
    pixels[:, 2] = matrix[:, 2] * old + old - 0.5 - pixels[:, :2].sum(axis=1) * (new - 0.5)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(picture, pixels, (side, side), flags=flags, borderMode=border), np.uint8)


def recoloured(
    picture: Bytes, recipe: Augmentation, lights: NDArray[np.float32], dice: np.random.Generator
) -> Bytes:
    """Light, colour, sharpness, noise and compression of some other camera."""
    seen = picture.astype(np.float32)
    if dice.random() < recipe.borrowed_light:
        seen = _in_the_light_of(seen, lights[dice.integers(len(lights))], dice)
    light, contrast = np.exp(dice.uniform(-recipe.light, recipe.light, 2))
    tint = np.exp(dice.uniform(-recipe.light, recipe.light, 3) / 3)
    seen = (seen * (light * tint) - 110) * contrast + 110
    if dice.random() < recipe.colour:
        grey = seen.mean(axis=2, keepdims=True)
        seen = grey + (seen - grey) * dice.uniform(0, 1.8)
    if dice.random() < recipe.grey:
        seen[:] = seen.mean(axis=2, keepdims=True)
    picture = np.clip(seen, 0, 255).astype(np.uint8)
    if dice.random() < recipe.colour / 2:
        picture = np.ascontiguousarray(picture[..., dice.permutation(3)])
    picture = _focused(picture, recipe, dice)
    if recipe.noise and dice.random() < 0.3:
        dots = grain(dice, *picture.shape[:2]) * (dice.random() * recipe.noise * 255)
        picture = np.clip(picture + dots[..., None], 0, 255).astype(np.uint8)
    if dice.random() < recipe.jpeg:
        _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(dice.integers(25, 90))])
        picture = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    if dice.random() < recipe.patch:
        (width, height), (left, top) = dice.uniform(0.1, 0.35, 2), dice.uniform(0, 0.65, 2)
        picture = covered(picture, (left, top, left + width, top + height), dice)
    return picture


def covered(picture: Bytes, box: Window, dice: np.random.Generator) -> Bytes:
    """A part hidden by a colour, or by what its edges say it might be."""
    side = len(picture)
    left, top, right, bottom = (round(share * side) for share in box)
    changed = picture.copy()
    if dice.random() < 0.4:
        changed[top:bottom, left:right] = dice.integers(0, 256, 3)
        return changed
    small = cv2.resize(picture, (COARSE, COARSE), interpolation=cv2.INTER_AREA)
    hole = np.zeros((COARSE, COARSE), np.uint8)
    first, last = np.floor(np.array(box[:2]) * COARSE), np.ceil(np.array(box[2:]) * COARSE)
    hole[int(first[1]) : int(last[1]), int(first[0]) : int(last[0])] = 1
    filled = cv2.resize(cv2.inpaint(small, hole, 3, cv2.INPAINT_TELEA), (side, side))
    spots = dice.normal(0, dice.uniform(0, 8), (bottom - top, right - left, 1))
    changed[top:bottom, left:right] = np.clip(filled[top:bottom, left:right] + spots, 0, 255)
    return changed


COARSE = 48
"""Side of the copy in which a covered part is filled in."""


def _in_the_light_of(
    seen: NDArray[np.float32], light: NDArray[np.float32], dice: np.random.Generator
) -> NDArray[np.float32]:
    mean, spread = light
    own, own_spread = seen.mean(axis=(0, 1)), seen.std(axis=(0, 1)) + 1
    share = dice.uniform(0.4, 1)
    gain = np.clip(spread / own_spread, 0.5, 2) ** share
    return np.asarray((seen - own) * gain + own * (1 - share) + mean * share, np.float32)


def _focused(picture: Bytes, recipe: Augmentation, dice: np.random.Generator) -> Bytes:
    """Blurred, made smaller in between, or sharpened."""
    if dice.random() >= recipe.blur:
        return picture
    way, side = dice.integers(5), len(picture)
    if way < 2:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), dice.uniform(0.4, 1.6)), np.uint8)
    if way < 4:
        share = dice.uniform(0.4, 0.85)
        small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)
    soft, strength = cv2.GaussianBlur(picture, (0, 0), 1.2), dice.uniform(0.3, 1.3)
    return np.asarray(cv2.addWeighted(picture, 1 + strength, soft, -strength, 0), np.uint8)
