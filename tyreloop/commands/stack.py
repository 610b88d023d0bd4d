"""`tyreloop up`, `down`, `status` and `doctor`: the local stack, without Docker."""

from __future__ import annotations

import click

from tyreloop.local.stack import run_stack
from tyreloop.settings import read_settings


@click.command()
def up() -> None:
    """Start everything on this machine; Ctrl-C stops everything."""
    run_stack(read_settings(beside_stack=False))
