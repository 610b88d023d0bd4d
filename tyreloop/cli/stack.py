"""`tyreloop up`, `down`, `status` and `doctor`: the local stack, without Docker."""

from __future__ import annotations

import json
import sys

import click

from tyreloop.local.doctor import Finding, examine
from tyreloop.local.folder import StackFolder
from tyreloop.local.record import PartRecord, StackRecord, read_status
from tyreloop.local.stack import DOWN, run_stack, start_detached, stop_stack, welcome
from tyreloop.settings import Settings, read_settings

NOT_RUNNING = 3  # what service managers answer about a stopped service


def stack_settings() -> Settings:
    """Without what a running stack wrote for other commands: here the stack itself is meant."""
    return read_settings(beside_stack=False)


@click.command()
@click.option("--detach", is_flag=True, help="Return once everything answers; `tyreloop down` stops it.")
@click.option(
    "--logs/--no-logs", "with_logs", help="Show each program's log too; it is in the data folder anyway."
)
@click.option("--background", is_flag=True, hidden=True)
def up(*, detach: bool, with_logs: bool, background: bool) -> None:
    """Start everything on this machine; Ctrl-C stops everything."""
    if detach:
        start_detached(stack_settings())
    else:
        run_stack(stack_settings(), with_logs=with_logs, in_background=background)


@click.command()
def down() -> None:
    """Stop what `tyreloop up` started, in this shell or another."""
    stop_stack(StackFolder.of(stack_settings()))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(*, as_json: bool) -> None:
    """Say what runs. Exit code 0: everything answers; 1: not everything; 3: nothing runs."""
    folder = StackFolder.of(stack_settings())
    found = read_status(folder)
    told = {"data_dir": str(folder.root), **found.as_json()}
    click.echo(json.dumps(told, indent=2) if as_json else in_words(found, folder))
    if not found.is_ready:
        sys.exit(1 if found.services else NOT_RUNNING)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(*, as_json: bool) -> None:
    """Look for what is in the way of a start, and name each fix. Exit code 1: something is."""
    settings = stack_settings()
    findings = examine(settings, StackFolder.of(settings))
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


def in_words(found: StackRecord, folder: StackFolder) -> str:
    """The stack as a small table, and the block of its start."""
    if not found.services:
        return f"Nothing runs from {folder.root}. Start it with `make up`."
    first = f"Tyreloop is {found.state} (pid {found.supervisor.pid}), its data in {folder.root}."
    return "\n".join([*map(service_line, found.services), welcome(first, found.urls, folder, DOWN)])


def service_line(part: PartRecord) -> str:
    """One line of that table."""
    pid, megabytes, seconds = part.measure().values()
    process = f"pid {pid}, {megabytes} MB, up {seconds} s" if pid else ""
    again = f", started again {part.restarts} times" if part.restarts else ""
    return f"  {part.title:<24} {part.state:<10} {part.url:<24} {process}{again}".rstrip()
