"""From a dataset and a recipe to a bundle: prepare, train, calibrate, export, prove."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from tyreloop.domain.errors import InvalidRequest
from tyreloop.learning.bundle_writer import GOLDEN_SIDE, Golden, small_jpeg, write_bundle
from tyreloop.learning.card_content import card_content
from tyreloop.learning.datasets.lesson_book import LessonBook, Part
from tyreloop.learning.datasets.prepared import Bytes, Prepared, prepare_entries, together
from tyreloop.learning.drawing.photo import draw_photo
from tyreloop.learning.export import OUTPUTS, export_graph, start_from_graph
from tyreloop.learning.judging.scores import area_under_curve
from tyreloop.learning.made_model import MadeModel
from tyreloop.learning.networks.tyre_network import TyreNetwork, build_network
from tyreloop.learning.quantise import quantise
from tyreloop.learning.recipe import Recipe
from tyreloop.learning.training.devices import Device
from tyreloop.learning.training.drawn_lines import solve_drawn_lines
from tyreloop.learning.training.fit import Trainer, Watch
from tyreloop.learning.training.lessons import DEFECTIVE, NOT_A_TYRE
from tyreloop.learning.training.run_through import Seen, run_through, seen_by
from tyreloop.vision.card import MODEL_FILE, InputSpec, LinearTyreCheck, read_card
from tyreloop.vision.engine import OnnxEngine
from tyreloop.vision.prepare import decode_for, prepare_picture

Tell = Callable[[str], None]
SIGNS = {"good": -1, "defective": 1}
"""Which way a class pulls the score."""
GOLDEN_PER_LABEL = 3
GOLDEN_TRIES = 12
GOLDEN_SEED = 777_002
REMEMBERED = 1500
CALIBRATED = 160
LOST_IN_BYTES = 0.005
"""How much of the area under the curve may be lost when the graph is written in bytes."""


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
    drawings: LessonBook | None = None,
    device: Device = Device.CPU,
) -> MadeModel:
    """Train on a dataset's lessons, and on drawings beside them, and leave a bundle in `out`."""
    spec = InputSpec(height=recipe.input.side, width=recipe.input.side, fit=recipe.input.fit)
    books = [book] if drawings is None else [book, drawings]
    _require_enough(book)
    if recipe.fitting.epochs == 0 and start is None:
        raise InvalidRequest("Without a pass there must be weights to keep: say which to start from.")
    tell(f"Preparing {len(book.entries)} photos of {book.name}.")
    larger = spec.model_copy(update={"height": _larger(spec.height), "width": _larger(spec.width)})
    lessons = _prepared(books, Part.LESSON, larger if recipe.mixture else spec)
    held_out = _prepared(books, Part.HELD_OUT, spec)
    started = time.monotonic()
    torch.manual_seed(recipe.fitting.seed)
    network = first_network(recipe, start, tell)
    trainer = Trainer(network, recipe, work, shards=shards, device=device)
    network = trainer.fit(lessons, held_out, watch)
    if recipe.fitting.solved_lines:
        solve_drawn_lines(network, lessons, recipe.augmentation, spec.height, recipe.fitting.seed)
    seconds = time.monotonic() - started
    tell("Calibrating on held-out lessons.")
    some = _some_lessons(lessons, spec)
    network.remember(run_through(network, some).embedding)
    graph, seen, about = served_graph(network, spec, some if recipe.in_bytes else None, held_out, work)
    said = card_content(network, recipe, books, held_out, seen)
    said |= {"made_with": made_with}
    said["metrics"] |= {"training_seconds": round(seconds, 1), "epochs": trainer.progress.epoch, **about}
    score = partial(_score, OnnxEngine(graph, spec, OUTPUTS), spec)
    golden = choose_golden(score, _candidates(drawings or book, held_out, seen))
    card = write_bundle(graph, spec, golden, said, out)
    return MadeModel(card, out, trainer.progress.curves, held_out, seen, seconds)


def _prepared(books: Sequence[LessonBook], part: Part, spec: InputSpec) -> Prepared:
    return together([prepare_entries(book.folder, book.of(part), spec) for book in books])


def served_graph(
    network: TyreNetwork, spec: InputSpec, lessons: Bytes | None, held_out: Prepared, work: Path
) -> tuple[Path, Seen, dict[str, Any]]:
    """The graph that the service will run, what it says about the photos held out, and how it was chosen."""
    work.mkdir(parents=True, exist_ok=True)
    floats = work / "floats.onnx"
    about: dict[str, Any] = {"parity_with_torch": float(f"{export_graph(network, spec, floats):.2g}")}
    seen = run_through(network, held_out.pictures)
    if lessons is None:
        return floats, seen, about
    in_bytes = work / "bytes.onnx"
    quantise(floats, in_bytes, lessons[:: max(1, len(lessons) // CALIBRATED)], name=spec.name)
    seen_in_bytes = seen_by(OnnxEngine(in_bytes, spec, OUTPUTS), network, held_out.pictures)
    judged = held_out.labels < NOT_A_TYRE
    areas = [
        area_under_curve(one.score[judged], held_out.labels[judged] == DEFECTIVE)
        for one in (seen, seen_in_bytes)
    ]
    about["in_bytes"] = {"area_in_floats": round(areas[0], 4), "area_in_bytes": round(areas[1], 4)}
    if areas[1] < areas[0] - LOST_IN_BYTES:
        return floats, seen, about
    return in_bytes, seen_in_bytes, about


def _some_lessons(lessons: Prepared, spec: InputSpec) -> Bytes:
    """Enough of them, as the service would prepare them, to know what lessons look like."""
    some = lessons.pictures[:: max(1, len(lessons) // REMEMBERED)]
    if some.shape[1] == spec.height:
        return some
    sides = (spec.width, spec.height)
    return np.stack([cv2.resize(picture, sides, interpolation=cv2.INTER_AREA) for picture in some])


def _larger(side: int) -> int:
    """A lesson of which parts are shown keeps a little more than the input's pixels."""
    return side * 8 // 7 // 16 * 16


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


def choose_golden(score: Callable[[bytes], float], candidates: Mapping[str, Iterator[bytes]]) -> list[Golden]:
    """Of each class those few that the graph is surest and right about: each processor rounds a little."""
    golden: list[Golden] = []
    for label, photos in candidates.items():
        tried = [(score(data) * SIGNS[label], data) for data in map(small_jpeg, islice(photos, GOLDEN_TRIES))]
        right = sorted((one for one in tried if one[0] > 0), key=lambda one: -one[0])
        surest = enumerate(right[:GOLDEN_PER_LABEL], start=1)
        golden += [Golden(f"{label}-{number}", label, data) for number, (_, data) in surest]
    return golden


def _candidates(book: LessonBook, held_out: Prepared, seen: Seen) -> dict[str, Iterator[bytes]]:
    """Never photos of visitors, who may delete theirs: a model of their photos takes drawings along."""
    if book.is_of_visitors:
        return {label: _drawn(label) for label in SIGNS}
    return {label: _surest(label, book, held_out, seen) for label in SIGNS}


def _surest(label: str, book: LessonBook, held_out: Prepared, seen: Seen) -> Iterator[bytes]:
    """The book's held-out photos of a class, those first that the model is surest and right about."""
    mine = set(book.of(Part.HELD_OUT))
    for place in np.argsort(-SIGNS[label] * seen.score):
        entry = held_out.entries[place]
        if entry in mine and entry.label == label:
            yield (book.folder / entry.file).read_bytes()


def _drawn(label: str) -> Iterator[bytes]:
    """One tyre of a class after the other, each drawn when it is asked for."""
    for index in count():
        pixels = draw_photo(GOLDEN_SEED, index, GOLDEN_SIDE, label).pixels
        yield cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()


def _score(served: OnnxEngine, spec: InputSpec, data: bytes) -> float:
    """As the service will see it: the smaller copy, not the photo it was made from."""
    good, defective = served.run(np.array(prepare_picture(decode_for(data, spec), spec))[None]).logits[0]
    return float(defective - good)
