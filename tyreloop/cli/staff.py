"""`tyreloop users`, `keys` and `audit`: who may come in, people and programs, and what they did."""

from __future__ import annotations

import getpass
import sys
from datetime import timedelta

import click

from tyreloop.access.api_keys import hash_of_key, new_key_text
from tyreloop.bootstrap import Role as Process
from tyreloop.bootstrap import open_database, stores_in
from tyreloop.domain.staff import Actor, Right, Role
from tyreloop.files.photos import build_photo_store
from tyreloop.settings import settings
from tyreloop.use_cases.staff import (
    add_staff_member,
    invite_staff_member,
    issue_api_key,
    remove_staff_member,
    revoke_api_key,
)
from tyreloop.use_cases.stores import Stores

RIGHTS = [right.value for right in Right if right is not Right.OPEN]


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
def add_user(name: str, role: str, password_stdin: bool) -> None:
    """Let NAME sign in; the password is asked for, never an argument that others can see."""
    password = (
        _piped() if password_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    add_staff_member(name, password, Role(role), by=whoever_types(), using=staffing())
    click.echo(f"{name} signs in as {role}.")


@users.command("invite")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--hours", default=24, show_default=True, type=click.IntRange(1, 24 * 14))
def invite_user(role: str, hours: int) -> None:
    """Make a link with which one person chooses a name and a password, once."""
    valid_for = timedelta(hours=hours)
    secret = invite_staff_member(Role(role), valid_for=valid_for, by=whoever_types(), using=staffing())
    click.echo(f"{settings().invitation_link(secret)}\nIt works once, within {hours} hours.")


@users.command("list")
def list_users() -> None:
    """Everybody who may sign in."""
    for member in staffing().staff.all():
        click.echo(f"{member.name:<32}  {member.role:<9}  since {member.created_at:%Y-%m-%d}")


@users.command("remove")
@click.argument("name")
def remove_user(name: str) -> None:
    """Shut NAME out, at once and everywhere."""
    remove_staff_member(name, by=whoever_types(), using=staffing())
    click.echo(f"{name} does not sign in any more.")


@click.group()
def audit() -> None:
    """The log of who did what."""


@audit.command()
@click.option("--noted", default="", help="The digest that an earlier check told: it must still be there.")
def check(noted: str) -> None:
    """Check that no line of the log was changed, taken out or put in. Exit code 1: one was."""
    found = staffing().audit.check(noted=noted)
    for line in found.broken:
        click.echo(f"Line {line} does not follow from the line before it: one of the two was changed.")
    if not found.noted_is_there:
        click.echo("The noted digest is not in the log: it was written anew, or its end was cut off.")
    click.echo(f"{found.lines} lines; the last has the digest {found.head}")
    if not found.is_whole:
        sys.exit(1)


@click.group()
def keys() -> None:
    """Keys of programs that speak with the API."""


@keys.command("add")
@click.argument("name")
@click.option("--right", "rights", type=click.Choice(RIGHTS), multiple=True, required=True)
@click.option("--days", type=click.IntRange(1), help="The key expires after so many days.")
def add_key(name: str, rights: tuple[str, ...], days: int | None) -> None:
    """Make a key called NAME; it is shown this once and kept nowhere."""
    key_id, text = new_key_text()
    issue_api_key(
        name,
        [Right(right) for right in rights],
        key_id=key_id,
        secret_hash=hash_of_key(text),
        by=whoever_types(),
        using=staffing(),
        valid_for=timedelta(days=days) if days else None,
    )
    click.echo(text)


@keys.command("list")
def list_keys() -> None:
    """Every key, without its secret."""
    for key in staffing().keys.all():
        expires = f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "in use"
        state = "revoked" if key.revoked_at else expires
        used = f"last used {key.last_used_on}" if key.last_used_on else "not used yet"
        click.echo(f"{key.id}  {key.name:<32}  {','.join(sorted(key.rights)):<30}  {state}, {used}")


@keys.command("revoke")
@click.argument("key_id")
def revoke_key(key_id: str) -> None:
    """Take the key KEY_ID back, at once and for good."""
    revoke_api_key(key_id, by=whoever_types(), using=staffing())
    click.echo(f"{key_id} opens nothing any more.")


def _piped() -> str:
    return sys.stdin.readline().rstrip("\r\n")
