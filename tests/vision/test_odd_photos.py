"""The same tyre in another form gets the same answer; what is no photo is refused, soon and cheaply."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from tests.vision.hostile_photos import ONLY_A_MOMENT
from tests.vision.odd_photos import SIZE, heic, same_tyre, saved, tyre
from tyreloop.domain.errors import PhotoTooLarge, UnreadablePhoto
from tyreloop.vision.bundle import LoadedModel
from tyreloop.vision.clean import without_metadata
from tyreloop.vision.decode import DecodeLimits, decode
from tyreloop.vision.pipeline import examine, judge

FORMS = same_tyre()


@pytest.mark.parametrize("form", FORMS)
def test_the_same_tyre_in_another_form_gets_the_same_answer(model: LoadedModel, form: str) -> None:
    photo, tolerance = FORMS[form]
    plain, other = examine(FORMS["PNG"][0], model), examine(photo, model)

    difference = np.abs(plain.prepared.astype(int) - other.prepared.astype(int))
    assert difference.mean() < 6
    assert other.verdict.probabilities["good"] == pytest.approx(
        plain.verdict.probabilities["good"], abs=tolerance
    )


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", ONLY_A_MOMENT)
def test_a_hostile_file_is_judged_or_refused_by_name(model: LoadedModel, kind: str) -> None:
    photo = ONLY_A_MOMENT[kind]()
    with suppress(UnreadablePhoto, PhotoTooLarge):  # anything else would be an error of ours
        judge(photo, model)
        without_metadata(photo)


def test_what_is_transparent_is_white() -> None:
    clear = tyre().convert("RGBA")
    clear.putalpha(0)

    assert decode(saved(clear, "PNG"), at_least=100).min() == 255


def test_shrinking_while_decoding_stops_above_what_is_asked() -> None:
    large = saved(tyre().resize((1920, 1440)), "JPEG")

    assert decode(large, at_least=448).shape == (720, 960, 3)
    assert decode(large, at_least=448, side="long").shape == (360, 480, 3)
    assert decode(large, at_least=5000).shape == (1440, 1920, 3)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_formats_decoded_whole_shrink_as_much(kind: str) -> None:
    large = saved(tyre().resize((1920, 1440)), kind)

    assert decode(large, at_least=448).shape == (720, 960, 3)


@pytest.mark.parametrize(
    ("limits", "photo"),
    [
        (DecodeLimits(max_bytes=1000), saved(tyre(), "JPEG")),
        (DecodeLimits(max_side=100), saved(tyre(), "JPEG")),
        (DecodeLimits(max_pixels=1000), saved(tyre(), "JPEG")),
        (DecodeLimits(max_whole_pixels=1000), saved(tyre(), "PNG")),
        (DecodeLimits(max_whole_pixels=1000), heic(tyre())),
        (DecodeLimits(max_webp_pixels=1000), saved(tyre(), "WEBP")),
        (DecodeLimits(max_coefficient_bytes=1000), saved(tyre(), "JPEG", progressive=True)),
        (DecodeLimits(max_scan_work=SIZE[0] * SIZE[1] * 5), saved(tyre(), "JPEG", progressive=True)),
    ],
)
def test_every_bound_is_kept(limits: DecodeLimits, photo: bytes) -> None:
    with pytest.raises(PhotoTooLarge):
        decode(photo, at_least=100, limits=limits)
