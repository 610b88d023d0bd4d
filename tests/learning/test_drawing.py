"""Drawn photos: the same for the same seed, of every kind, with defects where the masks say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tyreloop.learning.drawing import camera, tyres
from tyreloop.learning.drawing.folder import write_folder
from tyreloop.learning.drawing.manifest import read_manifest
from tyreloop.learning.drawing.photo import SHARES, draw_photo, kind_of
from tyreloop.learning.drawing.tyres import draw_tyre
from tyreloop.vision.quality import measure


def test_the_same_seed_draws_the_same_photo() -> None:
    first, again = (draw_photo(5, 17, 96, "defective") for _ in range(2))
    assert np.array_equal(first.pixels, again.pixels)
    assert first.mask is not None
    assert again.mask is not None
    assert np.array_equal(first.mask, again.mask)


def test_another_seed_draws_another_photo() -> None:
    assert not np.array_equal(draw_photo(5, 17, 96, "good").pixels, draw_photo(6, 17, 96, "good").pixels)


def test_processes_do_not_change_what_is_drawn(tmp_path: Path) -> None:
    alone = write_folder(tmp_path / "alone", count=20, seed=3, size=96)
    together = write_folder(tmp_path / "together", count=20, seed=3, size=96, processes=2)
    assert alone == together
    for row in alone:
        assert (tmp_path / "alone" / row["file"]).read_bytes() == (
            tmp_path / "together" / row["file"]
        ).read_bytes()


def test_kinds_come_in_their_shares() -> None:
    kinds = [kind_of(index) for index in range(2000)]
    for kind, share in SHARES.items():
        assert kinds.count(kind) / 2000 == pytest.approx(share, abs=0.01)


def test_the_manifest_names_every_photo_and_every_mask(drawn: Path) -> None:
    rows = read_manifest(drawn)
    assert {row["kind"] for row in rows} == set(SHARES)
    for row in rows:
        assert (drawn / row["file"]).is_file()
        assert bool(row["mask"]) == (row["kind"] == "defective")


def test_each_defect_has_a_mask_that_can_be_seen(drawn: Path) -> None:
    for row in read_manifest(drawn):
        if row["kind"] == "defective":
            mask = np.asarray(Image.open(drawn / row["mask"]))
            assert row["defect"]
            assert (mask > 127).mean() > 0.005, row


def test_spoiled_photos_are_what_their_folder_says(drawn: Path) -> None:
    for row in read_manifest(drawn):
        quality = measure(np.asarray(Image.open(drawn / row["file"])))
        assert (quality.short_side < 80) == (row["kind"] == "too_small")
        if row["kind"] == "too_dark":
            assert quality.mean_luma < 20


def test_a_sound_tyre_keeps_its_tread_and_a_worn_one_does_not() -> None:
    """The same tyre drawn bald has fewer dark grooves, so less contrast on its tread."""
    from tyreloop.learning.drawing.rubber import draw_rubber
    from tyreloop.learning.drawing.tread import Strip
    from tyreloop.learning.drawing.wear import worn

    strip = Strip(200, 120, -0.5, 0.005, 2.05, 0.3)
    sound, bald = (draw_rubber(np.random.default_rng(9), strip, 0.9) for _ in range(2))
    mask = worn(np.random.default_rng(9), bald, (0.0, 0.0), 1.0)
    inside = mask > 0.5
    assert inside.any()
    assert bald.heights()[inside].std() < sound.heights()[inside].std() / 3


def test_a_sound_tread_has_grooves_and_blocks_however_far_away_it_is() -> None:
    """Grooves close to each other once ate every block: a bald tyre that was called sound."""
    from tyreloop.learning.drawing.tread import Strip, draw_tread

    rng = np.random.default_rng(4)
    for columns in (40, 160, 400):
        strip = Strip(columns, 300, 0.0, 4.0 / columns, 2.05, 0.3)
        for _ in range(20):
            tread = draw_tread(rng, strip)[90:210]
            assert 0.1 < (1 - tread).mean() < 0.75
            assert (tread > 0.6).mean() > 0.05


def test_tyres_stand_in_rows_in_stacks_and_under_cars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Around sound and damaged ones alike; the mask keeps to the tyre that is meant."""
    monkeypatch.setattr(tyres, "COMPANY_SHARE", 1)
    drawn = [draw_tyre(np.random.default_rng(seed), 96, defective=True) for seed in range(12)]
    in_a_row = [one for one in drawn if one.view in tyres.HAS_COMPANY]
    assert in_a_row
    assert all(0.02 < (one.mask > 0.5).mean() < 0.5 for one in in_a_row)


def test_a_flat_tyre_is_pressed_together_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    whole_wheel = next(stand for stand in camera.STANDS if stand.name == "sidewall")
    monkeypatch.setattr(camera, "STANDS", (replace(whole_wheel, share=1.0),))
    monkeypatch.setattr(tyres, "STANDING_SHARE", 1)
    for seed in range(4):
        one = draw_tyre(np.random.default_rng(seed), 128, defective=True)
        rows, _ = np.nonzero(one.mask > 0.5)
        assert one.defect == "flat"
        assert rows.mean() > 64
