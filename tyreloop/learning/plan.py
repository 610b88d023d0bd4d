"""What an order would take, said before it is given: photos, and time on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tyreloop.domain.orders import Order, OrderState
from tyreloop.learning.recipe import Recipe

ANSWERS_FOR_A_PHOTO = {
    "lite0": 14.0,
    "mobilenetv3_small": 5.0,
    "mobilenetv3_large": 13.0,
    "efficientnet_b0": 25.0,
    "efficientnet_b1": 33.0,
    "efficientnet_b2": 41.0,
    "resnet18": 21.0,
    "resnet50": 60.0,
    "small_cnn": 6.0,
    "small_residual": 7.0,
    "tiny_vgg": 19.0,
}
"""One photo of 224 pixels in one pass, in answers of the model that travels with the code; processor time."""
COSTED_SIDE = 224
AROUND_SECONDS = 60.0  # starting, reading photos, calibration, the graph, the exam


@dataclass(frozen=True, slots=True)
class Duration:
    """About how long, and how it is known."""

    seconds: float
    is_measured: bool  # here, by this recipe; else reckoned from what this machine did otherwise


def photos_in_a_pass(recipe: Recipe, lessons: int) -> int:
    """A mixture takes as many as it says; else each lesson is seen once."""
    return recipe.mixture.photos if recipe.mixture else lessons


def duration_of(
    recipe: Recipe, lessons: int, *, earlier: Sequence[Order], answer_milliseconds: float | None
) -> Duration | None:
    """From the last training here by this recipe; else by another; else from how fast the machine answers."""
    passes = photos_in_a_pass(recipe, lessons) * recipe.fitting.epochs
    paces = [one.result["pace"] for one in earlier if one.state is OrderState.DONE and "pace" in one.result]
    own = next((pace for pace in paces if pace["recipe"] == recipe.name), None)
    if own is not None:
        return Duration(AROUND_SECONDS + passes * _seconds_a_photo(own), is_measured=True)
    cost = _answers_for_a_photo(recipe.network.name, recipe.input.side)
    other = next((pace for pace in paces if _answers_for_a_photo(pace["network"], pace["side"])), None)
    if cost and other is not None:
        share = cost / (_answers_for_a_photo(other["network"], other["side"]) or cost)
        return Duration(AROUND_SECONDS + passes * _seconds_a_photo(other) * share, is_measured=False)
    if cost and answer_milliseconds:
        return Duration(AROUND_SECONDS + passes * cost * answer_milliseconds / 1e3, is_measured=False)
    return None


def pace_of(recipe: Recipe, lessons: int, passes: int, seconds: float) -> dict[str, Any]:
    """What a training leaves behind for the next one's duration."""
    return {
        "recipe": recipe.name,
        "network": recipe.network.name,
        "side": recipe.input.side,
        "photos": photos_in_a_pass(recipe, lessons) * passes,
        "seconds": round(seconds, 1),
    }


def _seconds_a_photo(pace: dict[str, Any]) -> float:
    return float(pace["seconds"]) / max(1, int(pace["photos"]))


def _answers_for_a_photo(network: str, side: int) -> float | None:
    cost = ANSWERS_FOR_A_PHOTO.get(network)
    return cost * (side / COSTED_SIDE) ** 2 if cost else None
