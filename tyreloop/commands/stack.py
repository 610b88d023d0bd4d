"""`tyreloop up`, `down`, `status` and `doctor`: the local stack, without Docker."""

from __future__ import annotations

import json
import sys

import click

from tyreloop.local.detached import start_detached
from tyreloop.local.doctor import Finding, examine
from tyreloop.local.down import stop_stack
from tyreloop.local.stack import folder_of, run_stack
from tyreloop.local.status import ServiceStatus, StackStatus, read_status
from tyreloop.settings import read_settings

NOT_RUNNING = 3  # what service managers answer about a stopped service


@click.command()
@click.option("--detach", is_flag=True, help="Return once everything answers; `tyreloop down` stops it.")
@click.option("--no-logs", is_flag=True, help="Show steps only; the logs are in the data folder.")
def up(*, detach: bool, no_logs: bool) -> None:
    """Start everything on this machine; Ctrl-C stops everything."""
    settings = read_settings(beside_stack=False)
    if detach:
        start_detached(folder_of(settings))
    else:
        run_stack(settings, with_logs=not no_logs)


@click.command()
def down() -> None:
    """Stop what `tyreloop up` started, in this shell or another."""
    stop_stack(folder_of(read_settings(beside_stack=False)))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(*, as_json: bool) -> None:
    """Say what runs. Exit code 0: everything answers; 1: not everything; 3: nothing runs."""
    found = read_status(folder_of(read_settings(beside_stack=False)))
    click.echo(json.dumps(found.as_json(), indent=2) if as_json else in_words(found))
    if not found.is_ready:
        sys.exit(1 if found.services else NOT_RUNNING)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(*, as_json: bool) -> None:
    """Look for what is in the way of a start, and name each fix. Exit code 1: something is."""
    settings = read_settings(beside_stack=False)
    findings = examine(settings, folder_of(settings))
    if as_json:
        click.echo(
            json.dumps([{"title": f.title, "good": f.good, "words": f.words} for f in findings], indent=2)
        )
    else:
        click.echo("\n".join(finding_line(finding) for finding in findings))
    if not all(finding.good for finding in findings):
        sys.exit(1)


def finding_line(finding: Finding) -> str:
    """One line of the doctor's letter."""
    mark = click.style("ok  ", fg="green") if finding.good else click.style("FIX ", fg="red", bold=True)
    return f"{mark} {finding.title:<21} {finding.words}"


def in_words(found: StackStatus) -> str:
    """The stack as a small table."""
    if not found.services:
        return f"Nothing runs from {found.data_dir}. Start it with `make up`."
    first = f"Tyreloop is {found.state} (pid {found.supervisor_pid}), its data in {found.data_dir}."
    return "\n".join([first, *(service_line(part) for part in found.services)])


def service_line(part: ServiceStatus) -> str:
    """One line of that table."""
    process = f"pid {part.pid}, {part.memory_megabytes} MB, up {part.up_seconds} s" if part.pid else ""
    again = f", started again {part.restarts} times" if part.restarts else ""
    return f"  {part.title:<24} {part.state:<10} {part.url:<24} {process}{again}".rstrip()
