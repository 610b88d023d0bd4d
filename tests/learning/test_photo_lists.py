"""A collection with its own list: read, split by groups, mixed by class and source, measured by both."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tyreloop.cli import tyreloop
from tyreloop.domain.errors import InvalidRequest
from tyreloop.learning.card_content import dataset_of
from tyreloop.learning.datasets.lesson_book import KINDS, VIEWS, Part, read_book
from tyreloop.learning.datasets.prepared import prepare_entries, together
from tyreloop.learning.drawing.manifest import read_manifest
from tyreloop.learning.recipe import Augmentation, Mixture
from tyreloop.learning.training.augmentation import Augmenter
from tyreloop.learning.training.lessons import DEFECTIVE, GOOD, UNKNOWN, kinds_of
from tyreloop.learning.training.mixture import Mixer, Pick
from tyreloop.vision.card import InputSpec

COLUMNS = ("path", "sha256", "dataset", "label", "kinds", "view", "boxes", "group", "licence")
SPEC = InputSpec(height=64, width=64, fit="squash")


@pytest.fixture
def listed(drawn: Path, tmp_path: Path) -> Path:
    """Drawn photos as a collection of two sources, bulges with a box, two photos of each group."""
    folder = tmp_path / "photos"
    rows = []
    for number, row in enumerate(read_manifest(drawn)):
        if row["kind"] not in ("good", "defective", "not_a_tyre"):
            continue
        name = f"set/{number}.jpg"
        (folder / "set").mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((drawn / row["file"]).read_bytes())
        kind = ("bulge", "crack")[number % 2] if row["kind"] == "defective" else ""
        boxes = f"{kind}:0.25,0.25,0.3,0.3" if kind else ""
        own = [name, f"{number:064x}", f"source-{number % 2}", row["kind"], kind, "sidewall", boxes]
        rows.append([*own, f"g{number // 2}", "CC0"])
    write_list(folder, rows)
    return folder


def write_list(folder: Path, rows: list[list[str]]) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / "photos.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])


def test_a_group_keeps_to_one_part_and_nothing_is_kept_for_the_exam(listed: Path) -> None:
    parts: dict[str, set[Part]] = {}
    for entry in read_book(listed).entries:
        parts.setdefault(entry.group, set()).add(entry.part)
    assert all(len(found) == 1 for found in parts.values())
    assert set.union(*parts.values()) == {Part.LESSON, Part.HELD_OUT}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["../away.jpg", "0" * 64, "s", "good", "", "", "", "g", ""], "outside the folder"),
        (["a.jpg", "0" * 64, "s", "lovely", "", "", "", "g", ""], "'lovely'"),
    ],
    ids=["a path that leaves the folder", "a label that is none"],
)
def test_a_list_that_is_wrong_is_refused_by_name(row: list[str], said: str, tmp_path: Path) -> None:
    write_list(tmp_path / "photos", [row])
    with pytest.raises(InvalidRequest, match=said):
        read_book(tmp_path / "photos")


def test_a_card_says_whose_photos_were_learned_from(listed: Path, drawn: Path) -> None:
    said = dataset_of([read_book(listed), read_book(drawn)])
    by_source = {row["source"]: row for row in said["sources"]}
    assert by_source["source-0"]["licence"] == "CC0"
    assert by_source["drawings"]["licence"] == "drawn by this project"
    assert set(by_source["source-0"]["kinds"]) | set(by_source["source-1"]["kinds"]) == {"bulge", "crack"}
    assert not said["drawn"]


def test_what_nobody_said_about_a_kind_is_not_learned() -> None:
    assert kinds_of("good", "").tolist() == [0] * len(KINDS)
    assert set(kinds_of("defective", "").tolist()) == {UNKNOWN}
    cracked = dict(zip(KINDS, kinds_of("defective", "crack").tolist(), strict=True))
    assert cracked["crack"] == 1
    assert cracked["bulge"] == 0
    assert cracked["cut"] == UNKNOWN


def _mixer(listed: Path, drawn: Path) -> tuple[Mixer, Augmenter]:
    books = (read_book(listed), read_book(drawn))
    lessons = together([prepare_entries(book.folder, book.of(Part.LESSON), SPEC) for book in books])
    return Mixer(lessons), Augmenter(
        lessons, Augmentation(borrowed_light=0.5, colour=0.5, jpeg=0.5, patch=0.5)
    )


def test_a_batch_holds_what_the_recipe_asks_for(listed: Path, drawn: Path) -> None:
    mixer, augmenter = _mixer(listed, drawn)
    mixture = Mixture(photos=64, good=4, defective=4, drawn_good=4, drawn_defective=4)
    dice = np.random.default_rng(1)
    batches = list(mixer.batches(mixture, 16, dice))
    assert len(batches) == 4
    for picks in batches:
        batch = augmenter.batch(picks, 48, dice)
        assert batch.pictures.shape == (16, 48, 48, 3)
        assert np.bincount(batch.labels.numpy(), minlength=2).tolist() == [8, 8]
        assert set(batch.views.tolist()) <= {UNKNOWN, *range(len(VIEWS))}


def test_beside_and_under_a_cover_a_damaged_tyre_is_sound(listed: Path, drawn: Path) -> None:
    mixer, augmenter = _mixer(listed, drawn)
    dice = np.random.default_rng(2)
    picks = [pick for pick in next(mixer.batches(Mixture(photos=64, beside=1), 64, dice)) if pick.is_sound]
    assert {pick.is_covered for pick in picks} == {True, False}
    batch = augmenter.batch(picks, 48, dice)
    assert set(batch.labels.tolist()) == {GOOD}
    assert not batch.masks.any()


def test_cracks_laid_over_sound_rubber_make_it_defective_where_they_can_be_seen(
    listed: Path, drawn: Path
) -> None:
    mixer, augmenter = _mixer(listed, drawn)
    dice = np.random.default_rng(3)
    picks: list[Pick] = next(mixer.batches(Mixture(photos=64, pasted=1), 64, dice))
    batch = augmenter.batch(picks, 48, dice)
    changed = batch.labels.numpy() == DEFECTIVE
    assert changed.any()
    assert batch.masks[changed].any(axis=(1, 2)).all()
    assert not batch.masks[~changed].any()


def test_each_source_and_each_view_is_measured_by_itself(listed: Path, tiny_bundle: Path) -> None:
    told = CliRunner().invoke(
        tyreloop, ["models", "evaluate", str(listed), "--bundle", str(tiny_bundle), "--json"]
    )
    assert told.exit_code == 0, told.output
    figures = json.loads(told.output[told.output.index("{") :])
    assert {"source-0", "source-1", "view sidewall"} <= figures["by_source"].keys()
    one = figures["by_source"]["source-0"]
    assert one["area"]["low"] <= one["area"]["area"] <= one["area"]["high"]
    assert one["photos"] + figures["by_source"]["source-1"]["photos"] == figures["photos"]
