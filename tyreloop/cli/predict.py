"""`tyreloop predict`: the verdict about photo files, asked of the inference service."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from tyreloop.domain.errors import TyreloopError
from tyreloop.settings import settings

TIMEOUT_SECONDS = 15.0


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def predict(files: tuple[Path, ...], as_json: bool) -> None:
    """Ask the service about photos; ends with 1 if one of them could not be judged at all."""
    failed = False
    for file in files:
        status, body = _ask(settings().api_url, file.read_bytes())
        failed = failed or status >= 400
        click.echo(json.dumps({"file": str(file), **body}) if as_json else f"{file}: {_sentence(body)}")
    if failed:
        raise SystemExit(1)


def _ask(api_url: str, photo: bytes) -> tuple[int, dict[str, Any]]:
    parts = urlsplit(api_url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        headers = {"Content-Type": "application/octet-stream"}
        connection.request("POST", f"{parts.path.rstrip('/')}/v1/predictions", photo, headers)
        response = connection.getresponse()
        return response.status, dict(json.loads(response.read()))
    except (OSError, HTTPException, ValueError) as error:
        raise TyreloopError(f"The service at {api_url} does not answer: is it running?") from error
    finally:
        connection.close()


def _sentence(body: dict[str, Any]) -> str:
    if "answer" not in body:
        return str(body.get("detail", "refused"))
    said = body["answer"] + (f" ({body['reason']})" if body["reason"] else "")
    shares = ", ".join(f"{name} {share:.0%}" for name, share in body["probabilities"].items())
    return f"{said}; {shares}; model version {body['model']['version']}"
