"""A whole training as it is ordered at the command line: data, progress, run, bundle, registration."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import click
import torch

from tyreloop.domain.errors import NotConfigured
from tyreloop.learning.datasets.lesson_book import LessonBook, read_book
from tyreloop.learning.drawing.folder import write_folder
from tyreloop.learning.judging.claims import claim
from tyreloop.learning.judging.evaluation import as_table
from tyreloop.learning.made_model import MadeModel
from tyreloop.learning.make_model import make_model
from tyreloop.learning.recipe import Drawing, Recipe
from tyreloop.learning.training.devices import choose_device
from tyreloop.learning.training.fit import Figures, Watch
from tyreloop.learning.training.run_log import RunLog
from tyreloop.models.register import register_bundle
from tyreloop.models.registry import build_registry
from tyreloop.settings import Settings

CORES = 2
"""Used for drawing and for learning; each works on its own part."""

PROOF_SEED = 500_000
PROOF_SIZE = 320
"""Of the fresh drawings: larger than the lessons, as photos are."""

STEPS = 200
"""Parts of an epoch that the progress bar tells apart."""


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What was asked for."""

    recipe: Recipe
    data: Path | None
    start: Path | None
    out: Path | None
    register: bool
    log: bool
    command: str
    device: str = "auto"
    cores: int = CORES


def run_training(order: TrainingOrder, settings: Settings) -> MadeModel:
    """Do it, telling people what happens."""
    torch.set_num_threads(1)
    book = read_book(order.data or _drawn(order.recipe, settings.data_dir))
    beside = order.data is not None and order.recipe.mixture is not None and order.recipe.drawing is not None
    drawings = read_book(_drawn(order.recipe, settings.data_dir)) if beside else None
    device = choose_device(order.device)
    click.echo(f"Training on {device.value}.")
    name = f"{order.recipe.name}-{book.sha256[:8]}"
    work = settings.data_dir / "training" / name
    out = order.out or settings.data_dir / "bundles" / name
    log = RunLog(settings.mlflow_tracking_uri, click.echo)
    if order.log:
        log.start(order.recipe, book, order.command)
    epochs = order.recipe.fitting.epochs
    with click.progressbar(length=epochs * STEPS, label="Training", show_eta=True) as bar:
        made = make_model(
            book,
            order.recipe,
            out,
            start=order.start,
            work=work,
            made_with=order.command,
            tell=click.echo,
            watch=_watch(bar, log),
            shards=order.cores,
            drawings=drawings,
            device=device,
        )
    log.finish(made)
    shutil.rmtree(work, ignore_errors=True)
    _claim_on_drawings(order.recipe, out)
    click.echo(_summary(made))
    if order.register:
        _register(made, log, settings)
    return made


def _drawn(recipe: Recipe, data_dir: Path) -> Path:
    """The drawn tyres that a recipe asks for, drawn at the first time."""
    drawing = recipe.drawing
    if drawing is None:
        raise NotConfigured(f"The recipe {recipe.name} draws no tyres: give a dataset with --data.")
    folder = data_dir / "drawn" / f"{drawing.count}-seed-{drawing.seed}-{drawing.size}px"
    if not (folder / "manifest.csv").is_file():
        _draw(drawing, folder)
    return folder


def _draw(drawing: Drawing, folder: Path) -> None:
    with click.progressbar(length=drawing.count, label=f"Drawing {drawing.count} photos") as bar:
        write_folder(
            folder,
            count=drawing.count,
            seed=drawing.seed,
            size=drawing.size,
            processes=CORES,
            tell=bar.update,
        )


def _claim_on_drawings(recipe: Recipe, out: Path) -> None:
    """A model of drawn tyres says on its card what it does on drawings from a seed that it never saw."""
    drawing = recipe.drawing
    if drawing is not None:
        click.echo(f"Measuring on {drawing.proof} fresh drawings.")
        claim(out, count=drawing.proof, seed=drawing.seed + PROOF_SEED, size=PROOF_SIZE)


def _watch(bar: click._termui_impl.ProgressBar[int], log: RunLog) -> Watch:
    def watch(epoch: int, share: float, figures: Figures | None) -> None:
        if figures is None:
            bar.update(max(0, int((epoch + share) * STEPS) - bar.pos))
            return
        log.epoch(epoch, figures)
        told = f"accuracy {figures['held_out_accuracy']:.3f}, AUC {figures['held_out_auc']:.3f}"
        click.echo(f"  epoch {epoch}: loss {figures['loss']:.3f}, held out {told}")

    return watch


def _summary(made: MadeModel) -> str:
    held_out = made.card.metrics["held_out"]
    return f"{made.folder}: a bundle after {made.seconds:.0f} s of training\n{as_table(held_out)}"


def _register(made: MadeModel, log: RunLog, settings: Settings) -> None:
    description = str(made.card.recipe["description"] or made.card.recipe["name"])
    version = register_bundle(
        made.folder,
        description=description,
        registry=build_registry(settings),
        tags={"dataset_sha256": made.card.dataset["sha256"]},
        run_id=log.run_id,
    )
    click.echo(f"Registered as version {version} of {settings.model_name}.")


def dataset_of(book: LessonBook) -> str:
    """A dataset in one line."""
    return f"{book.name} ({', '.join(f'{count} {name}' for name, count in book.count().items())})"
