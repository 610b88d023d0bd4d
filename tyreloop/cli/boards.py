"""`tyreloop boards`: write Grafana's files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from tyreloop.domain.errors import NotConfigured
from tyreloop.monitoring.grafana_files import render as render_provisioning
from tyreloop.settings import Settings, settings

GRAFANA = Path(__file__).parents[2] / "grafana"


@click.group()
def boards() -> None:
    """Grafana's boards, alert rules and channels, as files."""


@boards.command()
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), help="Where to; the repository's own folder."
)
def render(folder: Path | None) -> None:
    """Write the files for this installation's settings; the boards are the same everywhere.

    Without --to, the files in the repository are written anew, with the defaults, and the boards too.
    """
    if not folder and not GRAFANA.is_dir():
        raise NotConfigured("This is no checkout of the repository: say where to with --to FOLDER.")
    files = list(render_provisioning(settings()) if folder else committed_files())
    for path, text in files:
        file = (folder or GRAFANA) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {len(files)} files to {folder or GRAFANA}.")


def committed_files() -> Iterator[tuple[Path, str]]:
    """What lies in the repository: the provisioning files with the defaults, and the boards."""
    try:
        from tyreloop.monitoring.boards import board_files  # noqa: PLC0415 - only who changes boards has it
    except ImportError as error:
        raise NotConfigured("Boards are made with what the extra `dev` brings.") from error
    yield from render_provisioning(Settings.model_construct())
    yield from ((Path("dashboards", name), text) for name, text in board_files())
