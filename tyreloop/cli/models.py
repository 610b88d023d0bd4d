"""`tyreloop models`: what is registered, how good it is, and what is in Production."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tyreloop.use_cases.stores import Releasing
    from tyreloop.vision.bundle import LoadedModel

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def models() -> None:
    """Versions of the model: examine, promote, roll back."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show all versions, the newest first, and which one is in Production."""
    from tyreloop.adapters.registry import build_registry  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    registry = build_registry(settings())
    production = registry.production()
    serving = production.version if production else None
    rows = [
        {
            "version": known.version,
            "production": known.version == serving,
            "created_at": known.created_at.isoformat(timespec="seconds"),
            "description": known.description,
        }
        for known in registry.versions()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        mark = "Production" if row["production"] else ""
        click.echo(f"{row['version']:>4}  {mark:<10}  {row['created_at']}  {row['description']}")
    if production and production.conflict_with:
        stage = production.conflict_with
        click.secho(f"The stage Production names version {stage}; the alias wins.", fg="yellow", err=True)


@models.command()
@click.argument("version", default="production")
def show(version: str) -> None:
    """Print the card of VERSION (a number, or production)."""
    from tyreloop.learning.releasing.bundles import fetch_version  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415
    from tyreloop.vision.card import CARD_FILE  # noqa: PLC0415

    with TemporaryDirectory(prefix="tyreloop-") as scratch:
        click.echo(
            (fetch_version(version, Path(scratch), settings()) / CARD_FILE).read_text(encoding="utf-8")
        )


@models.command()
@click.argument("bundle", type=FOLDER)
@click.option("--description", default="", help="What people see beside the version.")
def register(bundle: Path, description: str) -> None:
    """Add the folder BUNDLE to the registry as a new version."""
    from tyreloop.adapters.registry import build_registry  # noqa: PLC0415
    from tyreloop.learning.releasing.bundles import open_folder  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415
    from tyreloop.use_cases.register_model import register_bundle  # noqa: PLC0415

    open_folder(bundle)
    version = register_bundle(bundle, description=description, registry=build_registry(settings()))
    click.echo(f"Registered as version {version} of {settings().model_name}.")


@models.command()
@click.argument("folder", type=FOLDER)
@click.option("--version", default="production", show_default=True, help="Version, or production.")
@click.option("--bundle", type=FOLDER, help="A bundle's folder instead of a version.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(folder: Path, version: str, bundle: Path | None, as_json: bool) -> None:
    """Measure a model on FOLDER, with sub-folders good/, defective/ ... as `synth` writes them."""
    from tyreloop.learning.judging.answers import give_answers  # noqa: PLC0415
    from tyreloop.learning.judging.evaluation import as_table  # noqa: PLC0415
    from tyreloop.learning.judging.evaluation import evaluate as figures_of  # noqa: PLC0415
    from tyreloop.learning.judging.labelled_folder import labelled_photos  # noqa: PLC0415

    photos = labelled_photos(folder)
    with _opened(version, bundle) as model, click.progressbar(length=len(photos), label="Asking") as bar:
        figures = figures_of(give_answers(photos, model, tell=bar.update))
    click.echo(json.dumps(figures, indent=1) if as_json else as_table(figures))


@contextmanager
def _opened(version: str, bundle: Path | None) -> Iterator[LoadedModel]:
    from tyreloop.adapters.registry import build_registry  # noqa: PLC0415
    from tyreloop.learning.releasing import bundles  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    if bundle is not None:
        yield bundles.open_folder(bundle)
        return
    registry = build_registry(settings())
    with TemporaryDirectory(prefix="tyreloop-") as scratch:
        yield bundles.open_version(bundles.version_number(version, registry), Path(scratch), registry)


@models.command()
@click.argument("candidate", type=int)
@click.option("--against", type=int, help="Another version than the one in Production.")
@click.option("--data", type=FOLDER, multiple=True, help="Further datasets whose exam photos are asked.")
@click.option(
    "--page", type=click.Path(dir_okay=False, path_type=Path), help="Write the HTML page here, too."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def exam(
    candidate: int, against: int | None, data: tuple[Path, ...], page: Path | None, as_json: bool
) -> None:
    """Compare version CANDIDATE with Production on photos that no model has learned from."""
    from tyreloop.adapters.registry import build_registry  # noqa: PLC0415
    from tyreloop.learning.judging.exam_page import as_page, as_table  # noqa: PLC0415
    from tyreloop.learning.releasing import exam_desk  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    registry = build_registry(settings())
    questions = exam_desk.questions_for_exam(data, settings(), _aside)
    result = exam_desk.examine_version(candidate, registry, questions, against=against)
    exam_desk.write_down(result, registry, settings(), _aside)
    if page is not None:
        page.write_text(as_page(result), encoding="utf-8")
    click.echo(json.dumps(result.summary(), indent=1) if as_json else as_table(result))


@models.command()
@click.argument("version", type=int)
@click.option("--force", is_flag=True, help="Promote in spite of the exam; needs --reason.")
@click.option("--reason", default="", help="Written into the release.")
@click.option("--by", default=getpass.getuser, help="Who promotes; empty: the user of this machine.")
@click.option("--data", type=FOLDER, multiple=True, help="Further datasets whose exam photos are asked.")
def promote(version: int, force: bool, reason: str, by: str, data: tuple[Path, ...]) -> None:
    """Put VERSION into Production after an exam against the one that is there."""
    from tyreloop.learning.judging.exam_page import as_table  # noqa: PLC0415
    from tyreloop.learning.releasing import exam_desk, promotion  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    with _releasing() as using:
        questions = exam_desk.questions_for_exam(data, settings(), _aside)
        result = exam_desk.examine_version(version, using.registry, questions)
        exam_desk.write_down(result, using.registry, settings(), _aside)
        click.echo(as_table(result))
        release = promotion.promote(
            result, model_name=settings().model_name, by=by, reason=reason, force=force, using=using
        )
    click.echo(f"Version {release.to_version} is in Production (before: {release.from_version or 'none'}).")


@models.command()
@click.argument("version", type=int, required=False)
@click.option("--reason", default="", help="Written into the release.")
@click.option("--by", default=getpass.getuser, help="Who rolls back; empty: the user of this machine.")
def rollback(version: int | None, reason: str, by: str) -> None:
    """Put VERSION, or the one before the present one, back into Production; no exam stands in the way."""
    from tyreloop.learning.releasing import promotion  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    with _releasing() as using:
        release = promotion.roll_back(
            version, model_name=settings().model_name, by=by, reason=reason, using=using
        )
    click.echo(f"Version {release.to_version} is in Production again (before: {release.from_version}).")


@contextmanager
def _releasing() -> Iterator[Releasing]:
    from tyreloop.adapters.registry import build_registry  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415
    from tyreloop.store.db import Database  # noqa: PLC0415
    from tyreloop.store.models import PostgresReleases  # noqa: PLC0415
    from tyreloop.use_cases.stores import Releasing  # noqa: PLC0415

    database = Database(settings().postgres_dsn, connections=1)
    try:
        yield Releasing(build_registry(settings()), PostgresReleases(database), lambda: datetime.now(UTC))
    finally:
        database.close()


def _aside(line: str) -> None:
    click.echo(line, err=True)
