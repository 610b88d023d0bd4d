"""`tyreloop keys`: keys of programs that speak with the API."""

from __future__ import annotations

from datetime import timedelta

import click

from tyreloop.access.api_keys import hash_of_key, new_key_text
from tyreloop.commands.users import staffing, whoever_types
from tyreloop.domain.staff import Right
from tyreloop.use_cases.staff import issue_api_key, revoke_api_key

RIGHTS = [right.value for right in Right if right is not Right.OPEN]


@click.group()
def keys() -> None:
    """Keys of programs that speak with the API."""


@keys.command("add")
@click.argument("name")
@click.option("--right", "rights", type=click.Choice(RIGHTS), multiple=True, required=True)
@click.option("--days", type=click.IntRange(1), help="The key expires after so many days.")
def add(name: str, rights: tuple[str, ...], days: int | None) -> None:
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
def list_all() -> None:
    """Every key, without its secret."""
    for key in staffing().keys.all():
        state = (
            "revoked"
            if key.revoked_at
            else f"until {key.expires_at:%Y-%m-%d}"
            if key.expires_at
            else "in use"
        )
        click.echo(f"{key.id}  {key.name:<32}  {','.join(sorted(key.rights)):<30}  {state}")


@keys.command("revoke")
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Take the key KEY_ID back, at once and for good."""
    revoke_api_key(key_id, by=whoever_types(), using=staffing())
    click.echo(f"{key_id} opens nothing any more.")
