"""From lessons to a bundle: it learns, it can be killed, its graph says what torch says."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.learning.tiny_training import TINY, train_tiny
from tyreloop.domain.errors import BundleRefused, InvalidRequest, NotConfigured
from tyreloop.learning.datasets.lesson_book import LABELS, VIEWS, LessonBook, Part, read_book
from tyreloop.learning.datasets.prepared import prepare_entries
from tyreloop.learning.export import ServedGraph, require_parity, start_from_graph
from tyreloop.learning.judging.scores import area_under_curve
from tyreloop.learning.made_model import MadeModel
from tyreloop.learning.make_model import choose_golden, first_network
from tyreloop.learning.networks.tyre_network import TIMM, build_network
from tyreloop.learning.recipe import Augmentation, Judging, Network, Recipe, read_recipe
from tyreloop.learning.training.augmentation import moved, movement
from tyreloop.learning.training.drawn_lines import solve_drawn_lines
from tyreloop.learning.training.fit import Trainer
from tyreloop.learning.training.lessons import balanced_order
from tyreloop.learning.training.mixture import window
from tyreloop.learning.training.run_through import run_through
from tyreloop.vision.bundle import load_bundle
from tyreloop.vision.card import InputSpec, read_card
from tyreloop.vision.decode import decode

RECIPES = sorted((Path(__file__).parents[2] / "mlflow" / "recipes").glob("*.toml"))
HELD_OUT_TYRES = ("held_out good", "held_out defective")
SMALL = InputSpec(height=48, width=48, fit="squash")


def test_a_bundle_carries_everything_the_service_needs(tiny_bundle: Path) -> None:
    card = read_card(tiny_bundle)
    assert card.metrics["parity_with_torch"] <= 1e-4
    assert card.metrics["held_out"]["held_out"] == sum(
        count for part, count in card.dataset["counts"].items() if part in HELD_OUT_TYRES
    )
    assert card.tyre_check is not None
    assert card.quality.blur_below > 0
    assert card.golden, "what even a tiny model judges right"
    load_bundle(tiny_bundle, version=1)


def test_golden_photos_are_those_that_the_served_graph_is_surest_and_right_about() -> None:
    greys = [cv2.imencode(".png", np.full((64, 64, 3), 10 * n, np.uint8))[1].tobytes() for n in range(8)]

    def brightness(data: bytes) -> float:
        return float(decode(data, at_least=1).mean()) - 35

    golden = choose_golden(brightness, {"good": iter(greys), "defective": iter(greys)})
    found = {photo.name: round(brightness(photo.data)) for photo in golden}
    assert found == {
        "good-1": -35, "good-2": -25, "good-3": -15,
        "defective-1": 35, "defective-2": 25, "defective-3": 15,
    }  # fmt: skip


def test_a_bundle_names_its_lessons_its_recipe_and_its_command(tiny_bundle: Path, drawn: Path) -> None:
    card = read_card(tiny_bundle)
    assert card.dataset["sha256"] == read_book(drawn).sha256
    assert card.recipe["fitting"]["seed"] == 1
    assert card.made_with == "a test"


class Killed(Exception):
    """The power went out."""


def test_a_killed_training_goes_on_and_ends_as_if_nothing_had_happened(drawn: Path, tmp_path: Path) -> None:
    book = read_book(drawn)
    lessons = prepare_entries(drawn, book.of(Part.LESSON)[:40], SMALL)
    held_out = prepare_entries(drawn, book.of(Part.HELD_OUT), SMALL)
    epochs: list[int] = []

    def trainer(work: str) -> Trainer:
        torch.manual_seed(0)
        return Trainer(build_network("small_cnn"), TINY, tmp_path / work)

    def power_cut(epoch: int, share: float, figures: dict[str, float] | None) -> None:
        if epoch == 1 and figures is None and share > 0.3:
            raise Killed

    whole = trainer("whole").fit(lessons, held_out, lambda *_: None)
    with pytest.raises(Killed):
        trainer("cut").fit(lessons, held_out, power_cut)
    resumed = trainer("cut").fit(lessons, held_out, lambda epoch, _, figures: epochs.append(epoch))
    assert 0 not in epochs, "the first epoch was not trained again"
    for name, value in whole.state_dict().items():
        assert torch.allclose(value, resumed.state_dict()[name], atol=1e-5), name


def test_a_part_of_the_weights_from_before_the_features_learned_stays(drawn: Path, tmp_path: Path) -> None:
    book = read_book(drawn)
    lessons = prepare_entries(drawn, book.of(Part.LESSON)[:40], SMALL)
    held_out = prepare_entries(drawn, book.of(Part.HELD_OUT)[:20], SMALL)
    torch.manual_seed(0)
    network = build_network("small_cnn")
    before = {name: value.clone() for name, value in network.features.named_parameters()}
    start = {"epochs": 2, "frozen_share": 0.5, "first_weights": 0.75}
    recipe = TINY.model_copy(update={"fitting": TINY.fitting.model_copy(update=start)})
    trainer = Trainer(network, recipe, tmp_path)
    trainer.fit(lessons, held_out, lambda *_: None)
    learned, result = dict(trainer.average.features.named_parameters()), trainer.between()
    assert any(not torch.allclose(value, learned[name]) for name, value in before.items())
    for name, value in before.items():
        expected = learned[name].lerp(value, 0.75)
        assert torch.allclose(result[f"features.{name}"], expected, atol=1e-5), name


def test_views_that_only_drawings_show_get_a_line_that_tells_them_apart(drawn: Path) -> None:
    book = read_book(drawn)
    lessons = prepare_entries(drawn, book.of(Part.LESSON), SMALL)
    lessons.pictures[lessons.labels == LABELS.index("defective"), ::4] = 255  # striped: easy to tell
    torch.manual_seed(0)
    network = build_network("small_cnn").eval()
    views = solve_drawn_lines(network, lessons, Augmentation(light=0, grey=0, noise=0), 48, seed=1)
    assert views == list(VIEWS), "no photo at all: every view"
    judged = lessons.labels < LABELS.index("not_a_tyre")
    said = run_through(network, lessons.pictures[judged]).score
    assert area_under_curve(said, lessons.labels[judged] == LABELS.index("defective")) > 0.8
    assert not network.slope.any(), "the map says where, and no longer whether"


def test_weights_of_a_version_can_be_started_from(tiny_bundle: Path) -> None:
    network = build_network("small_cnn")
    before = network.features[0].weight.clone()  # type: ignore[index, union-attr, operator]
    assert start_from_graph(network, tiny_bundle / "model.onnx") >= 5
    assert not torch.equal(before, network.features[0].weight)  # type: ignore[index, union-attr, arg-type]


def test_without_a_pass_the_weights_stay_and_the_limits_are_drawn_anew(
    tiny_bundle: Path, drawn: Path, tmp_path: Path
) -> None:
    bolder = TINY.model_copy(update={"judging": Judging(error_among_sure=0.49)}).with_epochs(0)
    train_tiny(drawn, tmp_path, bolder, start=tiny_bundle)
    before, after = load_bundle(tiny_bundle, 1), load_bundle(tmp_path / "bundle", 1)
    assert after.card.temperature == pytest.approx(before.card.temperature, rel=1e-3)
    assert after.card.sure_above < before.card.sure_above


def test_without_a_pass_and_without_weights_nothing_is_made(drawn: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="there must be weights to keep"):
        train_tiny(drawn, tmp_path, TINY.with_epochs(0))


def test_a_training_from_another_network_takes_over_nothing(tiny_bundle: Path) -> None:
    told: list[str] = []
    recipe = Recipe(name="x", network=Network(name="tiny_vgg"))
    first_network(recipe, tiny_bundle, told.append)
    assert told == ["Starting from the given model's weights (0 layers fit)."]


def test_where_imagenet_weights_cannot_be_had_one_line_says_so() -> None:
    """The small network of our own has none anywhere; a network from the hub has none without a way out."""
    told: list[str] = []
    first_network(Recipe(name="x", network=Network(name="small_cnn", imagenet=True)), None, told.append)
    assert len(told) == 1
    assert "ImageNet" in told[0]


def test_a_graph_that_differs_from_torch_is_refused(tiny_bundle: Path) -> None:
    another = ServedGraph(build_network("small_cnn").eval())
    with pytest.raises(BundleRefused, match="differs from torch"):
        require_parity(another, SMALL, tiny_bundle / "model.onnx")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_is_whole(recipe: Path) -> None:
    assert read_recipe(recipe).name == recipe.stem


def test_the_recipes_name_the_networks_of_the_original_system() -> None:
    named = {read_recipe(path).network.name for path in RECIPES}
    assert named >= {"small_cnn", "tiny_vgg", *TIMM}


def test_a_recipe_with_a_slip_of_the_pen_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text('name = "r"\n[fitting]\nepoch = 3\n')
    with pytest.raises(NotConfigured, match=r"fitting\.epoch"):
        read_recipe(tmp_path / "r.toml")


def test_a_dataset_without_defective_tyres_is_refused(drawn: Path, tmp_path: Path) -> None:
    from tyreloop.learning import make_model

    book = read_book(drawn)
    only_good = LessonBook(drawn, "x", tuple(e for e in book.entries if e.label == "good"), drawn=True)
    with pytest.raises(InvalidRequest, match="too few photos"):
        make_model._require_enough(only_good)


def test_rare_labels_are_seen_as_often_as_the_others() -> None:
    labels = np.array([LABELS.index("good")] * 90 + [LABELS.index("defective")] * 10)
    order = balanced_order(labels, np.random.default_rng(0))
    assert np.bincount(labels[order])[:2].tolist() == [90, 90]


def test_a_mask_moves_with_its_picture() -> None:
    """A bright square and its mask go through the same turn, zoom and mirror."""
    picture = np.zeros((112, 112, 3), np.uint8)
    mask = np.zeros((56, 56), np.uint8)
    picture[20:48, 60:96] = 255
    mask[10:24, 30:48] = 1
    recipe = Augmentation(turn_degrees=40)
    seen = 0
    for seed in range(8):
        dice = np.random.default_rng(seed)
        matrix = movement(recipe, window(dice, 0.4), dice)
        changed = moved(picture, matrix, 112, cv2.BORDER_CONSTANT)
        turned = moved(mask, matrix, 56, cv2.BORDER_CONSTANT)
        bright = changed[::2, ::2, 0] > 127
        if bright.sum() > 60:
            seen += 1
            overlap = (bright & (turned > 0)).sum() / (bright | (turned > 0)).sum()
            assert overlap > 0.8
    assert seen > 3


def test_the_curves_of_a_training_are_kept(tiny_made: MadeModel) -> None:
    assert [row["rate"] > 0 for row in tiny_made.curves] == [True, True]
    assert {"loss", "loss_answer", "loss_place", "loss_stranger", "held_out_auc"} <= tiny_made.curves[
        0
    ].keys()
