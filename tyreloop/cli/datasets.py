"""`tyreloop datasets`: real photos in, and what there is."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tyreloop.domain.datasets import SnapshotSummary
    from tyreloop.learning.datasets.importing import ImportReport


@click.group()
def datasets() -> None:
    """Sets of labelled photos to learn from."""


@datasets.command("import")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--name", help="Name of the dataset; empty: that of the folder or file.")
@click.option("--credit", default="", help="Whom to thank, as the licence asks.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def import_(source: Path, name: str | None, credit: str, as_json: bool) -> None:
    """Import SOURCE, a folder or a zip file with photos in good/ and defective/ (and not_a_tyre/)."""
    report = _import(source, name or source.stem, credit)
    click.echo(json.dumps(_as_data(report), indent=1) if as_json else _as_text(report))


@datasets.command()
@click.argument("name")
@click.option("--url", help="Another place to fetch it from.")
@click.option("--sha256", "sha", help="Refuse anything that hashes to something else.")
def fetch(name: str, url: str | None, sha: str | None) -> None:
    """Download the public dataset NAME (tyre-quality or tyrenet), credit it and import it."""
    from tyreloop.domain.errors import InvalidRequest  # noqa: PLC0415
    from tyreloop.learning.datasets.fetching import PUBLIC_SETS, download  # noqa: PLC0415

    public = PUBLIC_SETS.get(name)
    if public is None:
        raise InvalidRequest(f"There is no public set {name!r}; known are {', '.join(PUBLIC_SETS)}.")
    with TemporaryDirectory(prefix="tyreloop-") as scratch, click.progressbar(length=1000, label=name) as bar:
        archive = Path(scratch) / f"{name}.zip"
        digest = download(
            url or public.url,
            archive,
            tell=lambda got, size: bar.update(got * 1000 // max(size, got) - bar.pos),
            sha=sha,
        )
        report = _import(archive, name, public.credit)
    click.echo(f"SHA-256 {digest}\n{public.credit}\n{_as_text(report)}")


@datasets.command("list")
def list_() -> None:
    """Show the datasets of the pages, and those in folders of this machine."""
    from tyreloop.domain.errors import StoreUnavailable  # noqa: PLC0415
    from tyreloop.learning.datasets.lesson_book import books_beside  # noqa: PLC0415

    try:
        kept = _kept()
    except StoreUnavailable:
        kept = []
        click.echo("The database does not answer now: the datasets of the pages are not shown.", err=True)
    for one in kept:
        origin = f"  from {one.parent}" if one.parent else ""
        click.echo(f"{one.name}  {one.content_hash[:12]}  {_counted(one.counts)}{origin}")
    for book in books_beside(_home(), {one.content_hash for one in kept}):
        click.echo(f"{book.name}  {book.sha256[:12]}  {_counted(book.count())}  {book.folder}")


def _kept() -> Sequence[SnapshotSummary]:
    from tyreloop.bootstrap import Role, opened_stores  # noqa: PLC0415
    from tyreloop.settings import settings  # noqa: PLC0415

    with opened_stores(settings(), role=Role.SHELL) as stores:
        return stores.datasets.all()


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _home() -> Path:
    from tyreloop.settings import settings  # noqa: PLC0415

    return settings().data_dir / "datasets"


def _import(source: Path, name: str, credit: str) -> ImportReport:
    from tyreloop.domain.errors import InvalidRequest  # noqa: PLC0415
    from tyreloop.learning.datasets.importing import import_photos  # noqa: PLC0415
    from tyreloop.learning.datasets.lesson_book import books_in  # noqa: PLC0415

    home = _home()
    if (home / name).exists():
        raise InvalidRequest(
            f"There is a dataset {name} already; datasets never change. Give another --name."
        )
    return import_photos(source, home / name, name=name, known=books_in(home), credit=credit)


def _as_data(report: ImportReport) -> dict[str, object]:
    return {
        "dataset": report.book.name if report.book else None,
        "folder": str(report.book.folder) if report.book else None,
        "sha256": report.book.sha256 if report.book else None,
        "counts": report.book.count() if report.book else {},
        "near_duplicates": report.near_duplicates,
        "known_elsewhere": report.known_elsewhere,
        "refused": [{"file": refusal.file, "reason": refusal.reason} for refusal in report.refused],
    }


def _as_text(report: ImportReport) -> str:
    data = _as_data(report)
    lines = [f"refused {refusal.file}: {refusal.reason}" for refusal in report.refused]
    lines.append(f"{data['folder']}: {data['counts']}")
    lines.append(f"{report.near_duplicates} near-duplicates kept on one side, {len(report.refused)} refused")
    return "\n".join(lines)
