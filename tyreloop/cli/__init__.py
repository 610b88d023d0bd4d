"""The `tyreloop` command: a table of verbs, each loaded only when it is used."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from tyreloop.domain.errors import TyreloopError

COMMANDS = {  # verb: (module:command, one line for the table of verbs)
    "up": ("stack:up", "Run everything on this machine, until Ctrl-C."),
    "down": ("stack:down", "Stop what `up --detach` started."),
    "status": ("stack:status", "Say what of the local stack runs."),
    "doctor": ("stack:doctor", "Look for what would keep the stack from running."),
    "env": ("env:env", "Write the settings file of the containers."),
    "bucket": ("stores:bucket", "Make the bucket that photos are kept in."),
    "migrate": ("stores:migrate", "Bring the database to the newest schema."),
    "predict": ("predict:predict", "Ask the service about photos."),
    "synth": ("synth:synth", "Draw tyres, non-tyres and spoiled photos."),
    "datasets": ("datasets:datasets", "Bring real photos in."),
    "train": ("train:train", "Train a model by a recipe."),
    "first-model": ("first_model:first_model", "Release the demo model where nothing is in Production."),
    "models": ("models:models", "List, examine, promote and roll back models."),
    "jobs": ("jobs:jobs", "Run what runs on a schedule."),
    "boards": ("boards:boards", "Write and check Grafana's boards and alert rules."),
    "backup": ("stores:backup", "Back up the database, the registry and the photos."),
    "restore": ("stores:restore", "Bring a backup back."),
    "worker": ("jobs:worker", "Do the trainings and inspections that were ordered."),
    "users": ("staff:users", "Let people sign in as reviewer, scientist or admin."),
    "audit": ("staff:audit", "Check that the audit log is whole."),
    "keys": ("staff:keys", "Give programs keys to the API, and take them back."),
}


SPEAK_WITH_NO_STACK = {"up", "down", "status", "doctor", "env", "synth", "boards"}  # or name it themselves


class LazyCommands(click.Group):
    """Imports a command's module when it is called, so that `tyreloop status` loads no model code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        say_which_stack(name)
        command: click.Command = getattr(import_module(f"tyreloop.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


def say_which_stack(verb: str) -> None:
    """From a folder without a stack, the one that is spoken with is named first."""
    from tyreloop.settings import home_folder, speaks_for_itself  # noqa: PLC0415 - `--help` needs none of it

    home = home_folder()
    if verb not in SPEAK_WITH_NO_STACK and home != Path.cwd() and speaks_for_itself():
        click.echo(f"There is no stack in this folder: speaking with that of {home}.", err=True)


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
