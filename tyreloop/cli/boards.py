"""`tyreloop boards`: write Grafana's files, and check them as Grafana would."""

from __future__ import annotations

from pathlib import Path

import click

from tyreloop.boards.lint import complaints_about
from tyreloop.boards.provisioning import write
from tyreloop.domain.errors import NotConfigured, TyreloopError
from tyreloop.settings import Settings, settings

GRAFANA = Path(__file__).parents[2] / "grafana"


class FilesRefused(TyreloopError):
    """Grafana would not take these files."""

    code = "grafana_files_refused"


@click.group()
def boards() -> None:
    """Grafana's boards, alert rules and channels, as files."""


@boards.command()
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), help="Where to; the repository's own folder."
)
def render(folder: Path | None) -> None:
    """Write the files for this installation's settings.

    Without --to, the files in the repository are written anew, with the defaults.
    """
    using = settings() if folder else Settings.model_construct()
    written = write(folder or GRAFANA, using)
    click.echo(f"Wrote {len(written)} files to {folder or GRAFANA}.")
    _check(folder or GRAFANA, using)


@boards.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path), default=GRAFANA)
def check(folder: Path) -> None:
    """Say what Grafana would refuse in a folder of its files."""
    _check(folder, settings())
    click.echo("Grafana would take these files.")


@boards.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path(), help="Where to write.")
@click.option("--days", default=7, show_default=True, help="How many days to show.")
def preview(folder: Path, days: int) -> None:
    """Draw pictures of the boards from this installation's database, without Grafana."""
    try:
        from tyreloop.boards.preview.pictures import draw_boards  # noqa: PLC0415 - loads matplotlib
    except ImportError as error:
        raise NotConfigured("Pictures need matplotlib: install it beside Tyreloop.") from error
    for file in draw_boards(settings(), folder, days=days):
        click.echo(f"Drew {file}.")


def _check(folder: Path, using: Settings) -> None:
    complaints = complaints_about(folder, grafana_environment(using))
    if complaints:
        raise FilesRefused("Grafana would refuse these files:\n" + "\n".join(complaints))


def grafana_environment(using: Settings) -> dict[str, str]:
    """The variables that the files name, as Grafana's process has them."""
    return {
        "SLACK_WEBHOOK_URL": using.slack_webhook_url.get_secret_value(),
        "DISCORD_WEBHOOK_URL": using.discord_webhook_url.get_secret_value(),
        "ALERT_TOKEN": using.alert_token.get_secret_value(),
    }
