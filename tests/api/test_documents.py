"""What people and programs read about the service."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from inference_api.openapi import document
from inference_api.routing import Body, Moment, routes_of

CLIENT = Path(__file__).parents[2] / "docs" / "openapi-client.yaml"
UNDOCUMENTED = {"/", "/openapi.json", "/docs/", "/docs/{path}"}  # about the contract, not part of it


def test_the_document_is_a_valid_openapi_document(api: FlaskClient) -> None:
    validate(document := api.get("/openapi.json").get_json())
    lists = [one for one in parts_of(document) if one.get("type") == "array"]
    assert [one for one in lists if not {"items", "prefixItems"} & one.keys()] == []


def parts_of(document: Any) -> Iterator[dict[str, Any]]:
    """Every object in it: a generator of clients needs to know what a list holds."""
    if isinstance(document, dict):
        yield document
        document = list(document.values())
    for part in document if isinstance(document, list) else ():
        yield from parts_of(part)


def test_a_client_is_generated_without_a_warning(api: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_bytes(api.get("/openapi.json").data)
    tools = Path(sys.executable).parent
    asked = ("generate", "--path", "openapi.json", "--output-path", "client", "--config", CLIENT)
    said = subprocess.run(
        [tools / "openapi-python-client", *asked],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},  # it formats what it made
        capture_output=True,
        text=True,
        check=True,
    )
    assert (said.stdout.split()[0], said.stderr) == ("Generating", "")
    assert (tmp_path / "client/tyreloop_client/api/default/create_prediction.py").is_file()


def test_each_route_stands_in_the_document_and_nothing_else(api: FlaskClient) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in api.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    paths = document(routes_of(api.application).values())["paths"]
    documented = {(path, method) for path, methods in paths.items() for method in methods}

    assert {route for route in routes if route[0] not in UNDOCUMENTED} == documented
    for path in (
        "/v1/predictions",
        "/v1/predictions/{prediction_id}",
        "/v1/predictions/{prediction_id}/vote",
    ):
        for asked in paths[path].values():  # whose answer it is decides what is found
            assert "X-Visitor" in {one["name"] for one in asked["parameters"]}


@pytest.mark.parametrize("path", ["/", "/docs/", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js"])
def test_the_pages_come_from_the_service_itself(api: FlaskClient, path: str) -> None:
    response = api.get(path)

    assert response.status_code == 200
    if response.mimetype == "text/html":
        assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", response.get_data(as_text=True))
    response.close()


def test_pages_load_nothing_but_files_of_their_own(api: FlaskClient) -> None:
    """No script and no style inside a page: a policy for content can forbid them."""
    for path in ("/", "/docs/"):
        page = api.get(path, buffered=True).get_data(as_text=True)
        assert not re.findall(r"<script>|<style>|\son\w+=", page)
        for file in re.findall(r"(?:src|href)=\"([^\"]+\.(?:js|css|png))\"", page):
            assert api.get("/docs/" + file.rpartition("/")[2], buffered=True).status_code == 200


def test_a_moment_is_said_in_utc_whatever_zone_a_database_speaks_in() -> None:
    class Said(Body):
        at: Moment

    seoul = timezone(timedelta(hours=9))
    assert Said(at=datetime(2026, 12, 1, 9, tzinfo=seoul)).model_dump(mode="json") == {
        "at": "2026-12-01T00:00:00Z"
    }
