"""Where the model sees a defect, and the proof of it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.vision.bundles import BRIGHT, SIDE, jpeg_of, write_bundle
from tyreloop.vision.bundle import LoadedModel, load_bundle
from tyreloop.vision.card import InputSpec
from tyreloop.vision.heatmap import Heatmap, explain, overlay_png
from tyreloop.vision.pipeline import examine


def photo_with_dark_corner(size: tuple[int, int] = (640, 320)) -> bytes:
    """White, with black in the lower right quarter."""
    pixels = np.full((size[1], size[0], 3), 190, np.uint8)
    pixels[size[1] // 2 :, size[0] // 2 :] = 10
    kept = BytesIO()
    Image.fromarray(pixels).save(kept, "PNG")
    return kept.getvalue()


def heat_of(photo: bytes, model: LoadedModel) -> Heatmap:
    heatmap = explain(examine(photo, model), model)
    assert heatmap is not None
    return heatmap


@pytest.mark.parametrize("fit", ["squash", "letterbox", "crop"])
def test_the_heat_lies_where_the_evidence_is(tmp_path: Path, fit: str) -> None:
    spec = InputSpec(height=SIDE, width=SIDE, fit=fit)
    model = load_bundle(write_bundle(tmp_path / fit, input=spec), 1)

    heatmap = heat_of(photo_with_dark_corner(), model)

    assert heatmap.hottest[0] > 0.5
    assert heatmap.hottest[1] > 0.5
    middle_of_corner = heatmap.grid[-1, -heatmap.grid.shape[1] // 3]
    assert middle_of_corner > 0.8
    assert heatmap.grid[0, heatmap.grid.shape[1] // 3] < 0.3


def test_covering_the_hottest_place_moves_the_answer(model: LoadedModel) -> None:
    proof = heat_of(photo_with_dark_corner(), model).proof

    assert proof is not None
    assert proof.moved


def test_a_photo_without_evidence_is_quiet_and_needs_no_proof(model: LoadedModel) -> None:
    heatmap = heat_of(jpeg_of(BRIGHT), model)

    assert heatmap.quiet
    assert heatmap.proof is None


def test_the_overlay_is_the_photo_with_red_where_it_is_hot(model: LoadedModel) -> None:
    examination = examine(photo_with_dark_corner(), model)
    heatmap = explain(examination, model)
    assert heatmap is not None

    drawn = Image.open(BytesIO(overlay_png(heatmap, examination.picture)))

    assert drawn.format == "PNG"
    red, _, blue = drawn.getpixel((drawn.width * 3 // 4, drawn.height * 3 // 4))
    assert red > blue + 60


def test_a_model_without_a_map_has_no_heatmap(bundle: Path, model: LoadedModel) -> None:
    examination = examine(jpeg_of(BRIGHT), model)
    plain = type(examination)(
        examination.verdict,
        examination.picture,
        examination.prepared,
        examination.quality,
        type(examination.raw)(examination.raw.logits),
    )

    assert explain(plain, model) is None
