"""`tyreloop models`: what is registered, how good it is, and what is in Production."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tyreloop.domain.staff import Actor
    from tyreloop.learning.judging.exam import ExamResult
    from tyreloop.models.release import Releasing
    from tyreloop.use_cases.stores import Stores
    from tyreloop.vision.bundle import LoadedModel

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def models() -> None:
    """Versions of the model: examine, promote, roll back."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show all versions, the newest first, and which one is in Production."""
    from tyreloop.models.registry import build_registry  # noqa: PLC0415
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
    from tyreloop.models.bundles import fetch_checked  # noqa: PLC0415
    from tyreloop.models.registry import build_registry  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415
    from tyreloop.vision.card import CARD_FILE, read_card  # noqa: PLC0415

    with TemporaryDirectory(prefix="tyreloop-") as scratch:
        folder = fetch_checked(version, Path(scratch), build_registry(settings()))
        read_card(folder)
        click.echo((folder / CARD_FILE).read_text(encoding="utf-8"))


@models.command()
@click.argument("bundle", type=FOLDER)
@click.option("--description", default="", help="What people see beside the version.")
def register(bundle: Path, description: str) -> None:
    """Add the folder BUNDLE to the registry as a new version."""
    from tyreloop.models.opening import open_folder  # noqa: PLC0415
    from tyreloop.models.register import register_bundle  # noqa: PLC0415
    from tyreloop.models.registry import build_registry  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    open_folder(bundle)
    version = register_bundle(bundle, description=description, registry=build_registry(settings()))
    click.echo(f"Registered as version {version} of {settings().model_name}.")


@models.command()
@click.argument("version", type=int)
def convert(version: int) -> None:
    """Turn VERSION, a plain PyTorch or ONNX model, into a bundle; the worker does so by itself."""
    from tyreloop.learning.plain_model import convert_version  # noqa: PLC0415
    from tyreloop.models.registry import build_registry  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    allowed = settings().allow_pickled_models
    convert_version(version, build_registry(settings()), even_unconfined=allowed, tell=_aside)
    click.echo(f"Version {version} is a bundle now.")


@models.command()
def key() -> None:
    """Print RELEASE_VERIFY_KEY, the public half of the key that signs releases here."""
    from tyreloop.domain.errors import NotConfigured  # noqa: PLC0415
    from tyreloop.models.signing import NO_KEY, signer_of  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    signer = signer_of(settings())
    if signer is None:
        raise NotConfigured(NO_KEY)
    click.echo(signer.verify_key)


@models.command()
@click.argument("folder", type=FOLDER)
@click.option("--version", default="production", show_default=True, help="Version, or production.")
@click.option("--bundle", type=FOLDER, help="A bundle's folder instead of a version.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(folder: Path, version: str, bundle: Path | None, as_json: bool) -> None:
    """Measure a model on FOLDER, with sub-folders good/, defective/ ... or a list in photos.csv.

    With a list, each source and each view is measured by itself: what holds for one may not for the next.
    """
    from tyreloop.learning.judging.answers import give_answers  # noqa: PLC0415
    from tyreloop.learning.judging.evaluation import (  # noqa: PLC0415
        as_source_table,
        as_table,
        by_source,
    )
    from tyreloop.learning.judging.evaluation import evaluate as figures_of  # noqa: PLC0415
    from tyreloop.learning.judging.labelled_folder import labelled_photos  # noqa: PLC0415

    photos = labelled_photos(folder)
    with _opened(version, bundle) as model, click.progressbar(length=len(photos), label="Asking") as bar:
        answers = give_answers(photos, model, tell=bar.update)
    figures, sources = figures_of(answers), by_source(answers)
    if as_json:
        click.echo(json.dumps({**figures, "by_source": sources} if sources else figures, indent=1))
        return
    click.echo(as_table(figures))
    if sources:
        click.echo(as_source_table(sources))


@contextmanager
def _opened(version: str, bundle: Path | None) -> Iterator[LoadedModel]:
    from tyreloop.models import opening  # noqa: PLC0415
    from tyreloop.models.registry import build_registry  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    if bundle is not None:
        yield opening.open_folder(bundle)
        return
    with TemporaryDirectory(prefix="tyreloop-") as scratch:
        yield opening.open_version(version, Path(scratch), build_registry(settings()))


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
    from tyreloop.domain.staff import Actor  # noqa: PLC0415
    from tyreloop.learning.judging.exam_page import as_page, as_table  # noqa: PLC0415

    with _opened_road() as (_, using):
        by = Actor(f"shell:{getpass.getuser()}")
        result = _examine(candidate, by, data, using, against=against)
    if page is not None:
        page.write_text(as_page(result), encoding="utf-8")
    click.echo(json.dumps(result.summary(), indent=1) if as_json else as_table(result))


@models.command()
@click.argument("version", type=int)
@click.option("--force", is_flag=True, help="Promote in spite of the exam; needs --reason.")
@click.option("--reason", default="", help="Written into the release.")
@click.option("--by", default=getpass.getuser, help="Who of the staff promotes; empty: your name here.")
@click.option("--data", type=FOLDER, multiple=True, help="Further datasets whose exam photos are asked.")
def promote(version: int, force: bool, reason: str, by: str, data: tuple[Path, ...]) -> None:
    """Put VERSION into Production after an exam against the one that is there."""
    from tyreloop.learning.judging.exam_page import as_table  # noqa: PLC0415
    from tyreloop.models.release import promote_version  # noqa: PLC0415

    with _opened_road() as (stores, using):
        person = _person(by, stores)
        click.echo(as_table(_examine(version, person, data, using)))
        release = promote_version(version, by=person, using=using, reason=reason, force=force)
    click.echo(f"Version {release.to_version} is in Production (before: {release.from_version or 'none'}).")


@models.command()
@click.argument("version", type=int, required=False)
@click.option("--reason", default="", help="Written into the release.")
@click.option("--by", default=getpass.getuser, help="Who of the staff does it; empty: your name here.")
def rollback(version: int | None, reason: str, by: str) -> None:
    """Put VERSION, or the last that served before, back into Production; no exam stands in the way."""
    from tyreloop.models.release import roll_back_version  # noqa: PLC0415

    with _opened_road() as (stores, using):
        person = _person(by, stores)
        release = roll_back_version(version=version, by=person, using=using, reason=reason)
    click.echo(f"Version {release.to_version} is in Production again (before: {release.from_version}).")


def _examine(
    version: int, by: Actor, data: tuple[Path, ...], using: Releasing, *, against: int | None = None
) -> ExamResult:
    from tyreloop.learning.judging.run_exam import examine_version, questions_for_exam  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    return examine_version(
        version,
        questions_for_exam(data, settings(), _aside),
        by=by,
        using=using,
        against=against,
        tell=_aside,
    )


@contextmanager
def _opened_road() -> Iterator[tuple[Stores, Releasing]]:
    from tyreloop.bootstrap import Role, open_releasing, opened_stores  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    with opened_stores(settings(), role=Role.SHELL) as stores:
        yield stores, open_releasing(settings(), stores)


def _person(name: str, stores: Stores) -> Actor:
    """Somebody of the staff, by their name: the shell makes nobody up."""
    from tyreloop.domain.errors import NotAllowed  # noqa: PLC0415
    from tyreloop.domain.staff import Actor, Right  # noqa: PLC0415

    member = stores.staff.get(name)
    if member is None or Right.RELEASE not in member.role.rights:
        who = (
            f"Nobody on the staff is called {name!r}" if member is None else f"{name} may not release models"
        )
        raise NotAllowed(f"{who}: name a scientist or an admin with --by (`tyreloop users list`).")
    return Actor(f"user:{name}", member.role.rights, is_known=True)


def _aside(line: str) -> None:
    click.echo(line, err=True)
