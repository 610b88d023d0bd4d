"""A photo's way from bytes to verdict."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.vision.bundles import BRIGHT, DARK, jpeg_of, write_bundle
from tyreloop.domain.photos import Answer, UnusableReason
from tyreloop.vision.bundle import LoadedModel, load_bundle
from tyreloop.vision.card import QualityLimits
from tyreloop.vision.pipeline import examine, judge


def test_a_bright_photo_is_good(model: LoadedModel) -> None:
    verdict = judge(jpeg_of(BRIGHT), model)

    assert verdict.answer is Answer.GOOD
    assert verdict.probabilities["good"] > 0.9
    assert sum(verdict.probabilities.values()) == pytest.approx(1)


def test_a_dark_photo_is_defective(model: LoadedModel) -> None:
    assert judge(jpeg_of(DARK), model).answer is Answer.DEFECTIVE


def test_between_the_two_the_model_is_unsure(model: LoadedModel) -> None:
    assert judge(jpeg_of(127), model).answer is Answer.UNSURE


def test_a_red_photo_is_no_tyre(model: LoadedModel) -> None:
    red = BytesIO()
    Image.new("RGB", (200, 200), (255, 10, 10)).save(red, "PNG")

    verdict = judge(red.getvalue(), model)

    assert (verdict.answer, verdict.reason) == (Answer.UNUSABLE, UnusableReason.NOT_A_TYRE)


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        (jpeg_of(BRIGHT, (60, 200)), UnusableReason.TOO_SMALL),
        (jpeg_of(5), UnusableReason.TOO_DARK),
    ],
)
def test_a_poor_photo_is_unusable_for_its_reason(
    tmp_path: Path, photo: bytes, reason: UnusableReason
) -> None:
    careful = write_bundle(tmp_path / "careful", quality=QualityLimits(dark_below=30, blur_below=1))

    assert judge(photo, load_bundle(careful, 1)).reason is reason


def test_a_blurred_photo_is_unusable(tmp_path: Path) -> None:
    careful = write_bundle(tmp_path / "careful", quality=QualityLimits(blur_below=1), golden=())
    fog = BytesIO()
    Image.new("RGB", (300, 300), (120, 120, 120)).save(fog, "JPEG")

    assert judge(fog.getvalue(), load_bundle(careful, 1)).reason is UnusableReason.TOO_BLURRED


def test_the_temperature_tempers_the_probabilities(tmp_path: Path, model: LoadedModel) -> None:
    cool = load_bundle(write_bundle(tmp_path / "cool", temperature=4.0), 1)
    photo = jpeg_of(BRIGHT)

    assert judge(photo, cool).probabilities["good"] < judge(photo, model).probabilities["good"]


def test_every_stage_says_how_long_it_took(model: LoadedModel) -> None:
    timings = examine(jpeg_of(BRIGHT), model).verdict.timings_ms

    assert list(timings) == ["decode", "prepare", "quality", "model", "answer"]
