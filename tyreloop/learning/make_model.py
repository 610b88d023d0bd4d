"""From a dataset and a recipe to a bundle: prepare, train, calibrate, export, prove."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tyreloop.domain.errors import InvalidRequest
from tyreloop.learning.bundle_writer import Golden, small_jpeg, write_bundle
from tyreloop.learning.datasets.lesson_book import LessonBook, Part
from tyreloop.learning.datasets.prepared import Prepared, prepare_entries
from tyreloop.learning.export import start_from_graph
from tyreloop.learning.judging.calibration import Calibration, calibrate, probability_of, share_with_interval
from tyreloop.learning.judging.scores import area_under_curve
from tyreloop.learning.judging.tyre_limits import LEAST_NON_TYRES, gaussian_check, linear_check
from tyreloop.learning.networks.tyre_network import TyreNetwork, build_network
from tyreloop.learning.recipe import Recipe
from tyreloop.learning.training.fit import Trainer, Watch
from tyreloop.learning.training.lessons import DEFECTIVE, NOT_A_TYRE
from tyreloop.learning.training.run_through import Seen, run_through
from tyreloop.models.gate import read_margins
from tyreloop.vision.card import (
    MODEL_FILE,
    Card,
    InputSpec,
    LinearTyreCheck,
    QualityLimits,
    TyreCheck,
    read_card,
)
from tyreloop.vision.heatmap import QUIET_BELOW
from tyreloop.vision.prepare import decode_for, prepare_picture

Tell = Callable[[str], None]
GOLDEN_PER_LABEL = 3
GOLDEN_TRIES = 12


@dataclass(frozen=True, slots=True)
class MadeModel:
    """A finished training."""

    card: Card
    folder: Path
    curves: list[dict[str, float]]
    held_out: Prepared
    seen: Seen
    seconds: float


def make_model(
    book: LessonBook,
    recipe: Recipe,
    out: Path,
    *,
    start: Path | None,
    work: Path,
    made_with: str,
    tell: Tell,
    watch: Watch,
    shards: int = 1,
) -> MadeModel:
    """Train on a dataset's lessons and leave a bundle in `out`."""
    spec = InputSpec(height=recipe.input.side, width=recipe.input.side, fit=recipe.input.fit)
    _require_enough(book)
    if recipe.fitting.epochs == 0 and start is None:
        raise InvalidRequest("Without a pass there must be weights to keep: say which to start from.")
    tell(f"Preparing {len(book.entries)} photos of {book.name}.")
    lessons = prepare_entries(book.folder, book.of(Part.LESSON), spec, drawn=book.drawn)
    held_out = prepare_entries(book.folder, book.of(Part.HELD_OUT), spec, drawn=book.drawn)
    started = time.monotonic()
    torch.manual_seed(recipe.fitting.seed)
    network = first_network(recipe, start, tell)
    trainer = Trainer(network, recipe, work, shards=shards)
    network = trainer.fit(lessons, held_out, watch)
    seconds = time.monotonic() - started
    tell("Calibrating on held-out lessons.")
    seen = run_through(network, held_out.pictures)
    said = _card_content(network, recipe, book, held_out, seen)
    said |= {"made_with": made_with}
    said["metrics"] |= {"training_seconds": round(seconds, 1), "epochs": trainer.progress.epoch}
    card = write_bundle(network, spec, _golden(network, spec, book, held_out, seen), said, out)
    return MadeModel(card, out, trainer.progress.curves, held_out, seen, seconds)


def _require_enough(book: LessonBook) -> None:
    for part in (Part.LESSON, Part.HELD_OUT):
        labels = {entry.label for entry in book.of(part)}
        if not {"good", "defective"} <= labels:
            raise InvalidRequest(
                f"{book.name} has too few photos: none that is good, or defective, for {part}."
            )


def first_network(recipe: Recipe, start: Path | None, tell: Tell) -> TyreNetwork:
    """A former version's weights, or ImageNet's, or nothing; always said in one line."""
    network = _from_imagenet(recipe, tell)
    if start is not None:
        taken = start_from_graph(network, start / MODEL_FILE)
        _take_tyre_line(network, start)
        tell(f"Starting from the given model's weights ({taken} layers fit).")
    elif not recipe.network.imagenet:
        tell("Starting from random weights.")
    return network


def _take_tyre_line(network: TyreNetwork, start: Path) -> None:
    """The line between tyres and the rest stands in the card, not in the graph."""
    check = read_card(start).tyre_check
    if isinstance(check, LinearTyreCheck) and len(check.weights) == network.stranger.in_features:
        with torch.no_grad():
            network.stranger.weight.copy_(torch.tensor([check.weights]))
            network.stranger.bias.fill_(check.bias)


def _from_imagenet(recipe: Recipe, tell: Tell) -> TyreNetwork:
    wanted = recipe.network
    if wanted.imagenet:
        try:
            network = build_network(wanted.name, dropout=wanted.dropout, imagenet=True)
        except Exception as error:  # noqa: BLE001 - hub, network and file errors share no base class
            tell(f"ImageNet weights cannot be loaded here ({type(error).__name__}); training without them.")
        else:
            tell("Starting from ImageNet weights.")
            return network
    return build_network(wanted.name, dropout=wanted.dropout)


def _card_content(
    network: TyreNetwork, recipe: Recipe, book: LessonBook, held_out: Prepared, seen: Seen
) -> dict[str, Any]:
    tyres = held_out.labels != NOT_A_TYRE
    defective = held_out.labels[tyres] == DEFECTIVE
    calibration = calibrate(seen.score[tyres], defective, most_error=recipe.judging.error_among_sure)
    check = _tyre_check(network, seen, tyres, recipe)
    limits = recipe.judging
    return {
        "demo": recipe.demo,
        "temperature": calibration.temperature,
        "sure_above": calibration.sure_above,
        "tyre_check": check,
        "quality": QualityLimits(
            min_side=limits.min_side, dark_below=limits.dark_below, blur_below=limits.blur_below
        ),
        "map_scale": _map_scale(seen.map[tyres], defective),
        "metrics": {"held_out": _held_out_metrics(calibration, seen.score[tyres], defective)},
        "dataset": {"name": book.name, "sha256": book.sha256, "drawn": book.drawn, "counts": book.count()},
        "recipe": {**recipe.model_dump(mode="json"), "exam": asdict(read_margins())},
    }


def _tyre_check(network: TyreNetwork, seen: Seen, tyres: np.ndarray, recipe: Recipe) -> TyreCheck:
    refused = recipe.judging.tyres_refused
    if int((~tyres).sum()) < LEAST_NON_TYRES:
        return gaussian_check(seen.embedding[tyres], refused)
    head = network.stranger
    weights, bias = head.weight.detach().numpy()[0], float(head.bias.detach()[0])
    return linear_check(weights, bias, of_tyres=seen.strangeness[tyres], refused=refused)


def _map_scale(maps: np.ndarray, defective: np.ndarray) -> float:
    """Good photos stay quiet, and the hottest place of a bad one is not flattened."""
    peaks = maps.reshape(len(maps), -1).max(axis=1)
    quiet = float(np.quantile(peaks[~defective], 0.95)) / QUIET_BELOW
    return float(f"{max(0.5, quiet, float(peaks.max())):.4g}")


def _held_out_metrics(calibration: Calibration, score: np.ndarray, defective: np.ndarray) -> dict[str, Any]:
    said_defective = probability_of(score, calibration.temperature) > 0.5
    right = said_defective == defective
    missed = int((defective & ~said_defective).sum())
    return {
        "accuracy": share_with_interval(int(right.sum()), len(right)),
        "defective_missed": share_with_interval(missed, int(defective.sum())),
        "area_under_curve": area_under_curve(score, defective),
        **asdict(calibration),
    }


def _golden(
    network: TyreNetwork, spec: InputSpec, book: LessonBook, held_out: Prepared, seen: Seen
) -> list[Golden]:
    """The held-out photos that the model is surest and right about, a few of each class."""
    golden: list[Golden] = []
    for label, sign in (("good", -1), ("defective", 1)):
        own = [place for place in np.argsort(-sign * seen.score) if held_out.entries[place].label == label]
        for place in own[:GOLDEN_TRIES]:
            data = small_jpeg((book.folder / held_out.entries[place].file).read_bytes())
            number = sum(photo.label == label for photo in golden) + 1
            if number <= GOLDEN_PER_LABEL and _score(network, spec, data) * sign > 0:
                golden.append(Golden(f"{label}-{number}", label, data))
    return golden


def _score(network: TyreNetwork, spec: InputSpec, data: bytes) -> float:
    """As the service will see it: the smaller copy, not the photo it was made from."""
    prepared = np.array(prepare_picture(decode_for(data, spec), spec))
    return float(run_through(network, prepared[None]).score[0])
