"""`tyreloop env init`: a `.env` for the containers, with secrets that nobody else knows."""

from __future__ import annotations

from pathlib import Path

import click

from tyreloop.local.env_file import prepare_folders, write_env_file


@click.group()
def env() -> None:
    """The settings file of the containers."""


@env.command()
@click.option(
    "--force", is_flag=True, help="Replace the file: what was kept with the old secrets is shut off."
)
def init(force: bool) -> None:
    """Write `.env` from `.env.example`, each empty secret filled with a random one."""
    folder = Path.cwd()
    filled = write_env_file(folder, replace=force)
    prepare_folders(folder)
    click.echo(f"Wrote .env for its owner only, with {len(filled)} random secrets: {', '.join(filled)}.")
    click.echo("Next: docker compose up --detach")
