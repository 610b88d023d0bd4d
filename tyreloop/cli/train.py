"""`tyreloop train`: a dataset and a recipe become a bundle."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click


@click.command()
@click.option("--recipe", "recipe_file", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="Dataset; empty: what the recipe draws."
)
@click.option("--from", "start", help="Version (or bundle folder) whose weights to start from.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where the bundle goes.")
@click.option("--seed", type=click.IntRange(0), help="Other drawings, and another order, than the recipe's.")
@click.option("--epochs", type=click.IntRange(0), help="Passes instead of the recipe's; 0: new limits.")
@click.option(
    "--device",
    type=click.Choice(("auto", "cpu", "cuda", "mps")),
    default="auto",
    show_default=True,
    help="What it trains on; auto: a GPU where there is one.",
)
@click.option("--cores", type=click.IntRange(1), default=2, show_default=True, help="Used without a GPU.")
@click.option("--register", is_flag=True, help="Add the bundle to the registry as a new version.")
@click.option("--log/--no-log", default=True, show_default=True, help="Write the training down in MLflow.")
def train(
    *,
    recipe_file: Path,
    data: Path | None,
    start: str | None,
    out: Path | None,
    seed: int | None,
    epochs: int | None,
    device: str,
    cores: int,
    register: bool,
    log: bool,
) -> None:
    """Train a model. A killed training goes on where it was when the same command is given again."""
    from tyreloop.learning.training_packages import bring_training_packages  # noqa: PLC0415

    bring_training_packages(click.echo)
    # Imported here: torch and timm take seconds that `tyreloop --help` must not cost, and may just have come.
    from tyreloop.learning.recipe import read_recipe  # noqa: PLC0415
    from tyreloop.learning.training.session import TrainingOrder, run_training  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    recipe = read_recipe(recipe_file)
    if seed is not None:
        recipe = recipe.with_seed(seed)
    if epochs is not None:
        recipe = recipe.with_epochs(epochs)
    with TemporaryDirectory(prefix="tyreloop-") as scratch:
        order = TrainingOrder(
            recipe=recipe,
            data=data,
            start=_start_folder(start, Path(scratch)),
            out=out,
            register=register,
            log=log,
            command=_command(),
            device=device,
            cores=cores,
        )
        run_training(order, settings())


def _command() -> str:
    return " ".join(["tyreloop", *sys.argv[1:]])


def _start_folder(start: str | None, scratch: Path) -> Path | None:
    if start is None or Path(start).is_dir():
        return Path(start) if start else None
    from tyreloop.models.bundles import fetch_checked  # noqa: PLC0415
    from tyreloop.models.registry import build_registry  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    return fetch_checked(start, scratch, build_registry(settings()))
