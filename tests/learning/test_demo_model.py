"""The demo model that travels with the code keeps what its card claims, on drawings that nobody has seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from streamlit_ui.samples import samples
from tyreloop.learning.judging.claims import FRESH, figures_on_fresh_drawings
from tyreloop.models.opening import open_folder
from tyreloop.vision.bundle import open_verified
from tyreloop.vision.card import read_card
from tyreloop.vision.pipeline import examine, judge

DEMO = Path(__file__).parents[2] / "mlflow" / "demo"
MOST_BYTES = 6_000_000
UNSEEN_SEED = 31_337
UNLUCKY = 0.05
"""How far a few hundred fresh drawings may fall below a claim by bad luck alone."""


@pytest.fixture(scope="module")
def fresh() -> dict[str, Any]:
    return figures_on_fresh_drawings(DEMO, count=300, seed=UNSEEN_SEED, size=224)


def test_the_demo_is_whole_and_says_that_it_is_a_demo() -> None:
    model = open_folder(DEMO)
    assert model.card.demo
    assert model.card.recipe["name"] == "demo"
    assert {photo.label for photo in model.card.golden} == {"good", "defective"}
    assert "mlflow/recipes/demo.toml" in model.card.made_with


def test_the_demo_is_small_enough_to_travel_with_the_code() -> None:
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) <= MOST_BYTES


def test_the_graph_does_not_tell_where_it_was_made() -> None:
    assert not re.search(rb"/[\w/.-]+\.py", (DEMO / "model.onnx").read_bytes())


def test_the_gallery_shows_what_its_captions_say() -> None:
    """A newcomer's first minute: each sample gets the answer that belongs to it."""
    spoiled = {"not_a_tyre", "too_dark", "blurred"}
    model = open_folder(DEMO)
    for sample in samples():
        expected = "unusable" if sample.name in spoiled else "good" if sample.name == "good" else "defective"
        assert judge(sample.photo.data, model).answer.value == expected, sample.name


def test_a_photo_that_is_alone_gets_the_same_answer() -> None:
    """Over two cores the graph is the same; only the time differs."""
    model = open_verified(DEMO, 1)
    for sample in samples():
        alone, beside_others = (examine(sample.photo.data, model, alone=alone) for alone in (True, False))
        assert alone.raw.logits == pytest.approx(beside_others.raw.logits, abs=1e-5)
        assert alone.raw.embedding == pytest.approx(beside_others.raw.embedding, abs=1e-5)


@pytest.mark.parametrize("name", ["accuracy", "coverage", "non_tyres_refused", "peak_on_defect"])
def test_what_should_be_high_is_as_high_as_claimed(name: str, fresh: dict[str, Any]) -> None:
    claimed = read_card(DEMO).metrics[FRESH][name]
    assert fresh[name]["share"] >= claimed["share"] - UNLUCKY


@pytest.mark.parametrize("name", ["error_among_sure", "tyres_refused", "defective_missed", "false_alarms"])
def test_what_should_be_low_is_as_low_as_claimed(name: str, fresh: dict[str, Any]) -> None:
    claimed = read_card(DEMO).metrics[FRESH][name]
    assert fresh[name]["share"] <= claimed["share"] + UNLUCKY


@pytest.mark.parametrize("kind", ["too_dark", "blurred", "too_small"])
def test_spoiled_photos_are_refused(kind: str, fresh: dict[str, Any]) -> None:
    found = fresh[f"{kind}_refused"]
    assert found["hits"] >= found["of"] - 1


def test_the_claimed_probabilities_can_be_believed(fresh: dict[str, Any]) -> None:
    claimed = read_card(DEMO).metrics[FRESH]["calibration_error"]
    assert fresh["calibration_error"] <= claimed + UNLUCKY
