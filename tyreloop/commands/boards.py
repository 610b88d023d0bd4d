"""`tyreloop boards`: write Grafana's files, and check them as Grafana would."""

from __future__ import annotations

from pathlib import Path

import click

from tyreloop.boards.lint import complaints_about
from tyreloop.boards.provisioning import write
from tyreloop.domain.errors import TyreloopError
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
