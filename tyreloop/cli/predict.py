"""`tyreloop predict`: the verdict about photo files, asked of the inference service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from tyreloop.client import ApiClient, ApiProblem
from tyreloop.domain.errors import TyreloopError
from tyreloop.settings import settings


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def predict(files: tuple[Path, ...], as_json: bool) -> None:
    """Ask the service about photos; ends with 1 if one of them could not be judged at all."""
    service, failed = ApiClient(settings().api_url), False
    for file in files:
        try:
            body = service.post_photo(file.read_bytes())
        except ApiProblem as problem:
            if not problem.body:
                raise TyreloopError(
                    f"The service at {settings().api_url} does not answer: is it running?"
                ) from problem
            failed, body = True, dict(problem.body)
        click.echo(json.dumps({"file": str(file), **body}) if as_json else f"{file}: {_sentence(body)}")
    if failed:
        raise SystemExit(1)


def _sentence(body: dict[str, Any]) -> str:
    if "answer" not in body:
        return str(body.get("detail", "refused"))
    said = body["answer"] + (f" ({body['reason']})" if body["reason"] else "")
    kinds = [seen["kind"] for seen in body["kinds"] if seen["says"] == "yes"]
    said += f": {', '.join(kinds)}" if kinds else ""
    shares = ", ".join(f"{name} {share:.0%}" for name, share in body["probabilities"].items())
    return f"{said}; {shares}; model version {body['model']['version']}"
