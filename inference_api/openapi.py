"""The OpenAPI document, made of what the routes say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from inference_api.callers import REQUEST_ID, VISITOR
from inference_api.routing import Body, Route, Schema, like
from tyreloop.domain.datasets import NAME
from tyreloop.domain.staff import Right

LINES = "application/x-ndjson"
GAP = re.compile(r"<(?:\w+:)?(\w+)>")
OUR_ID, PHOTO_ID = "[0-9a-f]{32}", "[0-9a-f]{64}"
RULES = {  # of what stands in a gap
    "link": "[A-Za-z0-9._-]+",
    **dict.fromkeys(("prediction_id", "job_id", "report_id"), OUR_ID),
    "photo_id": PHOTO_ID,
    **dict.fromkeys(("name", "old", "new"), NAME.pattern),
}


class ProblemBody(Body):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document."""
    shown = [route for route in routes if not route.hidden]
    paths: dict[str, dict[str, Any]] = {}
    for route in shown:
        paths.setdefault(GAP.sub(r"{\1}", route.path), {})[route.method.lower()] = _described(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tyreloop",
            "version": "1",
            "description": "A photo of a tyre goes in, an honest verdict comes out. "
            "A tool that helps you look, not one that replaces an expert.",
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(shown),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _described(route: Route) -> dict[str, Any]:
    gaps = [
        {"name": gap, "in": "path", "required": True, "schema": _schema_of_gap(gap)}
        for gap in GAP.findall(route.path)
    ]
    of_a_visitor = [VISITOR] if route.right is Right.INSPECT else []
    described: dict[str, Any] = {
        "operationId": route.name,
        "summary": re.split(r"[:;.]\s", route.text.replace("\n", " ") + " ")[0].strip(),
        "description": route.text,
        "parameters": [*gaps, *(one.described for one in (*route.parameters, *of_a_visitor, REQUEST_ID))],
        "responses": {
            **{str(status): _content("Done.", _kinds(said)) for status, said in route.answers.items()},
            "default": _content("What went wrong.", {"application/problem+json": ProblemBody}),
        },
    }
    if route.takes:
        described["requestBody"] = {"required": True, **_content(None, _kinds(route.takes))}
    if route.right is not Right.OPEN:
        described["security"] = [{"bearer": []}, *([{}] if route.right is Right.INSPECT else [])]
    return described


def _schema_of_gap(name: str) -> Schema:
    return {"type": "string", **(like(RULES[name]) if name in RULES else {})}


Kinds = Mapping[str, type[BaseModel] | Schema]


def _kinds(said: Any) -> Kinds:
    """Each kind of content with its schema; a body of ours is JSON."""
    if said is None:
        return {}
    if isinstance(said, tuple):
        return {said[0]: said[1]}
    return {"application/json": said} if isinstance(said, type) else said


def _content(description: str | None, kinds: Kinds) -> dict[str, Any]:
    content = {kind: {"schema": _schema_of(of, kind)} for kind, of in kinds.items()}
    return {
        **({"content": content} if content else {}),
        **({"description": description} if description else {}),
    }


def _schema_of(of: type[BaseModel] | Schema, kind: str) -> Schema:
    schema = of if isinstance(of, Mapping) else {"$ref": f"#/components/schemas/{of.__name__}"}
    if kind != LINES:
        return schema
    return {"type": "string", "description": "One JSON object a line.", "contentSchema": schema}


def _schemas(routes: Iterable[Route]) -> dict[str, Any]:
    found: dict[tuple[Any, str], None] = {(ProblemBody, "serialization"): None}
    for route in routes:
        if isinstance(route.takes, type):
            found[route.takes, "validation"] = None
        for said in route.answers.values():
            found |= dict.fromkeys(
                (of, "serialization") for of in _kinds(said).values() if isinstance(of, type)
            )
    _, schemas = models_json_schema(list(found), ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    definitions: dict[str, Any] = schemas["$defs"]
    return definitions
