"""The `tyreloop` command: a table of verbs, each loaded only when it is used."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from tyreloop.domain.errors import TyreloopError

COMMANDS = {
    "up": "tyreloop.commands.stack:up",
    "down": "tyreloop.commands.stack:down",
    "status": "tyreloop.commands.stack:status",
    "doctor": "tyreloop.commands.stack:doctor",
    "env": "tyreloop.commands.env:env",
    "bucket": "tyreloop.commands.bucket:bucket",
    "migrate": "tyreloop.commands.database:migrate",
    "predict": "tyreloop.commands.predict:predict",
    "synth": "tyreloop.commands.synth:synth",
    "datasets": "tyreloop.commands.datasets:datasets",
    "train": "tyreloop.commands.train:train",
    "models": "tyreloop.commands.models:models",
}


class LazyCommands(click.Group):
    """Imports a command's module when it is called, so that `tyreloop status` loads no model code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.command(cls=LazyCommands)
@click.version_option(package_name="tyreloop")
def tyreloop() -> None:
    """A photo of a tyre goes in, an honest verdict comes out."""


def main() -> None:
    """Run the command; what we refuse ends in one sentence, never in a stack trace."""
    try:
        tyreloop()
    except TyreloopError as error:
        click.secho(f"{error}", fg="red", err=True)
        sys.exit(1)
