"""`tyreloop env init`: a `.env` for the containers, with secrets that nobody else knows."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import click

from tyreloop.domain.errors import NotConfigured
from tyreloop.models.signing import Signer
from tyreloop.private_files import write_privately

EXAMPLE, FILE = ".env.example", ".env"
# Without a value of these the containers refuse to start. Letters and digits only: they stand in URLs too.
SECRETS = (
    "SECRET_KEY",
    "RELEASE_SIGNING_KEY",
    "POSTGRES_PASSWORD",
    "POSTGRES_SUPERUSER_PASSWORD",
    "MLFLOW_DB_PASSWORD",
    "MLFLOW_TRACKING_PASSWORD",
    "API_DB_PASSWORD",
    "PAGES_DB_PASSWORD",
    "WORKER_DB_PASSWORD",
    "TASKS_DB_PASSWORD",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
    "ALERT_TOKEN",
    "GRAFANA_DB_PASSWORD",
    "GRAFANA_ADMIN_PASSWORD",
    "RABBITMQ_PASSWORD",
)
BACKUPS = "backups"
# What changes with a name on the internet: the edge runs, and all go through it, our own pages too.
ON_THE_INTERNET = {
    "PUBLIC_HOST": "{name}",
    "PAGES_URL": "https://{name}",
    "COMPOSE_PROFILES": "full,edge",
    "PROXY_TRUSTED": "nginx",
    "API_URL_IN_CONTAINERS": "http://nginx:8081",
    "FLASK_PORT": "",  # any free one each: there may be several
    "STREAMLIT_PORT": "",
}
ACCOUNT_IN_CONTAINERS = 1000  # unless the person who sets the stack up has another number


def write_env_file(folder: Path, *, replace: bool = False, public_host: str = "") -> list[str]:
    """Write the file; answers the names of the secrets that were made."""
    example, file = folder / EXAMPLE, folder / FILE
    if not example.exists():
        raise NotConfigured(f"There is no {EXAMPLE} here: run this in the folder of docker-compose.yaml.")
    if file.exists() and not replace:
        raise NotConfigured(f"There is a {FILE} already; its secrets are in use. --force replaces it.")
    text, filled = fill_in_secrets(example.read_text(encoding="utf-8"))
    changes = {"APP_UID": str(account())}
    if public_host:
        changes |= {name: value.format(name=public_host) for name, value in ON_THE_INTERNET.items()}
    for name, value in changes.items():
        text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
    write_privately(file, text)
    return filled


def fill_in_secrets(example: str) -> tuple[str, list[str]]:
    """The text with a random value for each secret that is empty, and the names of those."""
    filled: list[str] = []
    for name in SECRETS:
        text, count = re.subn(rf"^{name}=$", f"{name}={secrets.token_hex(24)}", example, flags=re.MULTILINE)
        filled += [name] * count
        example = text
    if key := re.search(r"^RELEASE_SIGNING_KEY=(.+)$", example, flags=re.MULTILINE):
        public = f"RELEASE_VERIFY_KEY={Signer(key[1]).verify_key}"
        example = re.sub(r"^RELEASE_VERIFY_KEY=$", public, example, flags=re.MULTILINE)
    return example, filled


def account() -> int:
    """Who the containers run as: the person at the keyboard, who owns the backups; never root."""
    return os.getuid() or ACCOUNT_IN_CONTAINERS


def prepare_backups(folder: Path) -> None:
    """Let the containers write their backups on this machine."""
    backups = folder / BACKUPS
    backups.mkdir(exist_ok=True)
    if os.getuid() == 0:
        os.chown(backups, account(), account())


@click.group()
def env() -> None:
    """The settings file of the containers."""


@env.command()
@click.option(
    "--force", is_flag=True, help="Replace the file: what was kept with the old secrets is shut off."
)
@click.option(
    "--public-host", default="", help="Name that the internet finds this server by: the edge runs too."
)
def init(force: bool, public_host: str) -> None:
    """Write `.env` from `.env.example`, each empty secret filled with a random one."""
    folder = Path.cwd()
    filled = write_env_file(folder, replace=force, public_host=public_host)
    prepare_backups(folder)
    click.echo(f"Wrote .env for its owner only, with {len(filled)} random secrets: {', '.join(filled)}.")
    click.echo("Next: docker compose up --detach")
