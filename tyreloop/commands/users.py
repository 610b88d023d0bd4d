"""`tyreloop users`: the people who sign in. The first admin is made here; no password comes with it."""

from __future__ import annotations

import getpass
import sys

import click

from tyreloop.bootstrap import Role as Process
from tyreloop.bootstrap import open_database, stores_in
from tyreloop.domain.staff import Actor, Right, Role
from tyreloop.files.photos import build_photo_store
from tyreloop.settings import settings
from tyreloop.use_cases.staff import add_staff_member, remove_staff_member
from tyreloop.use_cases.stores import Stores


def staffing() -> Stores:
    """Staff and keys in the database of the settings."""
    return stores_in(open_database(settings(), role=Process.SHELL), build_photo_store(settings()))


def whoever_types() -> Actor:
    """Who can read the database's password may do anything; the log says who it was."""
    return Actor(f"shell:{getpass.getuser()}", frozenset(Right), is_known=True)


@click.group()
def users() -> None:
    """People who sign in: reviewers, scientists and admins."""


@users.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking."
)
def add(name: str, role: str, password_stdin: bool) -> None:
    """Let NAME sign in; the password is asked for, never an argument that others can see."""
    password = (
        _piped() if password_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    add_staff_member(name, password, Role(role), by=whoever_types(), using=staffing())
    click.echo(f"{name} signs in as {role}.")


@users.command("list")
def list_all() -> None:
    """Everybody who may sign in."""
    for member in staffing().staff.all():
        click.echo(f"{member.name:<32}  {member.role:<9}  since {member.created_at:%Y-%m-%d}")


@users.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Shut NAME out, at once and everywhere."""
    remove_staff_member(name, by=whoever_types(), using=staffing())
    click.echo(f"{name} does not sign in any more.")


def _piped() -> str:
    return sys.stdin.readline().rstrip("\r\n")
