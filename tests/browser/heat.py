"""The heat as a person sees it: how strongly each half of a photo is coloured."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, expect

# The mean colour over each half of the drawn heat: 0 nothing, 255 opaque.
HALVES = """(canvas) => {
  const [half, height] = [canvas.width / 2, canvas.height];
  const page = canvas.getContext("2d");
  return [0, half].map((left) => {
    const pixels = page.getImageData(left, 0, half, height).data;
    let sum = 0;
    for (let i = 3; i < pixels.length; i += 4) sum += pixels[i];
    return sum / (half * height);
  });
}"""


def half_dark_photo() -> bytes:
    """Bright on the left, black on the right: damaged, says the small model, and the right half says why."""
    pixels = np.full((600, 800, 3), 195, np.int16)
    pixels[:, 400:] = 6
    pixels += np.random.default_rng(1).integers(-10, 11, (600, 800, 1), np.int16)
    kept = BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(kept, "JPEG", quality=90)
    return kept.getvalue()


def expects_heat_on_the_right(photo: Locator) -> None:
    """Drawn, and where it belongs."""
    canvas = photo.locator("canvas")
    expect(canvas).to_be_visible()
    left, right = canvas.evaluate(HALVES)
    assert right > 60
    assert right > 2 * left
