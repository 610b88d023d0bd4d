"""The OpenAPI document, made of the same typed bodies that the routes read and write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from inference_api.bodies import (
    BatchLine,
    CorrectionBody,
    DeliveryBody,
    HeatmapBody,
    ModelStatusBody,
    PredictionBody,
    ProblemBody,
    VoteBody,
)
from inference_api.callers import KEY_HEADER, REQUEST_ID_HEADER, VISITOR_HEADER
from inference_api.openapi_loop import LINES, READ, WRITTEN
from inference_api.routes.tokens import SignInBody, TokenBody

JSON = "application/json"
BYTES = {"type": "string", "format": "binary"}
PHOTO = {**BYTES, "minLength": 1}
PHOTO_KINDS = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/avif")
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One route as callers see it."""

    method: str
    path: str
    name: str
    summary: str
    answers: Mapping[int, tuple[str, type[BaseModel] | Schema]]
    body: Mapping[str, type[BaseModel] | Schema] | None = None
    parameters: Sequence[Schema] = ()


def _header(name: str, text: str) -> Schema:
    return {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}


def _flag(name: str, text: str, *, otherwise: bool) -> Schema:
    """A yes or no in the query."""
    schema = {"type": "boolean", "default": otherwise}
    return {"name": name, "in": "query", "description": text, "schema": schema}


PREDICTION_ID = {"name": "prediction_id", "in": "path", "required": True, "schema": {"type": "string"}}
VISITOR = _header(
    VISITOR_HEADER, "Who asks: 8 to 64 letters, digits, `.`, `_` or `-`; else you get a new name."
)
REQUEST_ID = _header(
    REQUEST_ID_HEADER, "Your id of this request, of the same form; it comes back and is logged."
)
KEY = _header(KEY_HEADER, "The same key again gets the same answer, without its heatmap, and counts once.")
SOURCE = {
    "name": "source",
    "in": "query",
    "description": "Through which door the photo came in.",
    "schema": {"type": "string", "enum": ["api", "ui"], "default": "api"},
}
EXPLAIN = _flag(
    "explain",
    "Whether to add the heatmap.",
    otherwise=False,
)
OVERLAY = _flag(
    "overlay",
    "Whether the heatmap comes drawn on the photo too; without it the answer comes sooner.",
    otherwise=True,
)
DEMO = _flag(
    "demo",
    "Whether this is only to try the service: nothing about it is counted or reviewed.",
    otherwise=False,
)
KEEP_PHOTO = _flag(
    "keep_photo",
    "Whether we may keep the photo to improve the model; if not, it is stored nowhere.",
    otherwise=True,
)
FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": PHOTO},
}
FORM_OF_MANY = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "array", "items": BYTES, "minItems": 1, "maxItems": 200}},
}
TEXT = {"type": "string"}
PREDICT = {
    "answers": {200: (JSON, PredictionBody), 201: (JSON, PredictionBody)},
    "body": {"multipart/form-data": FORM, **dict.fromkeys(PHOTO_KINDS, PHOTO)},
    "parameters": (SOURCE, EXPLAIN, OVERLAY, KEEP_PHOTO, DEMO, VISITOR, KEY),
}
FEEDBACK = {
    "answers": {200: (JSON, DeliveryBody), 202: (JSON, DeliveryBody)},
    "parameters": (PREDICTION_ID, VISITOR, KEY),
}
STATUS = {"type": "object", "properties": {"status": TEXT}, "required": ["status"]}

OPERATIONS: tuple[Operation, ...] = (
    Operation("post", "/v1/predictions", "createPrediction", "Judge a photo.", **PREDICT),  # type: ignore[arg-type]
    Operation("post", "/predict", "predict", "The short name of /v1/predictions.", **PREDICT),  # type: ignore[arg-type]
    Operation(
        "post",
        "/v1/predictions:batch",
        "createPredictions",
        "Judge many photos, or a zip of them; one JSON line a photo.",
        {200: ("application/x-ndjson", BatchLine)},
        {"multipart/form-data": FORM_OF_MANY, "application/zip": BYTES},
        (KEEP_PHOTO, VISITOR),
    ),
    Operation(
        "get",
        "/v1/predictions/{prediction_id}",
        "getPrediction",
        "A prediction of your own.",
        {200: (JSON, PredictionBody)},
        parameters=(PREDICTION_ID, VISITOR),
    ),
    Operation(
        "get",
        "/v1/predictions/{prediction_id}/heatmap",
        "getHeatmap",
        "The evidence for a defect, as numbers.",
        {200: (JSON, HeatmapBody)},
        parameters=(PREDICTION_ID, VISITOR),
    ),
    Operation(
        "get",
        "/v1/predictions/{prediction_id}/heatmap.png",
        "drawHeatmap",
        "The photo with the evidence for a defect on it.",
        {200: ("image/png", BYTES)},
        parameters=(PREDICTION_ID, VISITOR),
    ),
    Operation(
        "put",
        "/v1/predictions/{prediction_id}/vote",
        "putVote",
        "Like or dislike.",
        body={JSON: VoteBody},
        **FEEDBACK,  # type: ignore[arg-type]
    ),
    Operation(
        "delete",
        "/v1/predictions/{prediction_id}/vote",
        "deleteVote",
        "Take the vote back.",
        **FEEDBACK,  # type: ignore[arg-type]
    ),
    Operation(
        "put",
        "/v1/predictions/{prediction_id}/correction",
        "putCorrection",
        "Say what the photo really shows.",
        body={JSON: CorrectionBody},
        **FEEDBACK,  # type: ignore[arg-type]
    ),
    Operation(
        "delete",
        "/v1/predictions/{prediction_id}/correction",
        "deleteCorrection",
        "Take the correction back.",
        **FEEDBACK,  # type: ignore[arg-type]
    ),
    Operation("get", "/v1/model", "getModel", "The model that serves.", {200: (JSON, ModelStatusBody)}),
    Operation(
        "post",
        "/v1/model/refresh",
        "refreshModel",
        "Look at the registry now, and give refused versions another try.",
        {202: (JSON, ModelStatusBody)},
    ),
    Operation(
        "post",
        "/v1/tokens",
        "createToken",
        "Sign in with a name and a password; the token counts for a quarter of an hour.",
        {201: (JSON, TokenBody)},
        {JSON: SignInBody},
    ),
    Operation(
        "post",
        "/v1/alerts",
        "tellAlerts",
        "Grafana's webhook: alerts that fired or ended, signed with the shared token.",
        {200: (JSON, {"type": "object", "properties": {"kept": {"type": "integer"}}})},
        {JSON: {"type": "object", "properties": {"alerts": {"type": "array"}}, "required": ["alerts"]}},
    ),
    Operation("get", "/healthz", "getHealth", "Alive.", {200: (JSON, STATUS)}),
    Operation("get", "/readyz", "getReadiness", "A model can answer.", {200: (JSON, STATUS)}),
    Operation("get", "/metrics", "getMetrics", "For Prometheus.", {200: ("text/plain", TEXT)}),
)


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in (*OPERATIONS, *_of_the_staff()):
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tyreloop",
            "version": "1",
            "description": "A photo of a tyre goes in, an honest verdict comes out. "
            "A tool that helps you look, not one that replaces an expert.",
        },
        "paths": paths,
        "components": {"schemas": _schemas()},
    }


def _of_the_staff() -> Iterator[Operation]:
    """Datasets and long work; each says who sends it by a token or a key."""
    for method, path, name, summary, status, body, answer in LINES:
        gaps = [{**PREDICTION_ID, "name": gap} for gap in re.findall(r"{(\w+)}", path)]
        said = (answer, BYTES) if isinstance(answer, str) else (JSON, answer or {})
        sent = {body: BYTES} if isinstance(body, str) else {JSON: body} if body else None
        yield Operation(method, path, name, summary, {status: said}, sent, gaps)


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*operation.parameters, REQUEST_ID],
        "responses": {
            **{
                str(status): _content("Done.", {kind: of}) for status, (kind, of) in operation.answers.items()
            },
            "default": _content("What went wrong.", {"application/problem+json": ProblemBody}),
        },
    }
    if operation.body:
        described["requestBody"] = {"required": True, **_content(None, operation.body)}
    return described


def _content(description: str | None, kinds: Mapping[str, type[BaseModel] | Schema]) -> dict[str, Any]:
    content = {kind: {"schema": _schema_of(of)} for kind, of in kinds.items()}
    return {"content": content, **({"description": description} if description else {})}


def _schema_of(of: type[BaseModel] | Schema) -> Schema:
    return of if isinstance(of, Mapping) else {"$ref": f"#/components/schemas/{of.__name__}"}


def _schemas() -> dict[str, Any]:
    read = [(VoteBody, "validation"), (CorrectionBody, "validation"), (SignInBody, "validation")]
    read += [(body, "validation") for body in READ]
    written = [PredictionBody, DeliveryBody, ModelStatusBody, ProblemBody, BatchLine, TokenBody, *WRITTEN]
    _, schemas = models_json_schema(
        [*read, *((body, "serialization") for body in written)],  # type: ignore[list-item]
        ref_template="#/components/schemas/{model}",
    )
    found: dict[str, Any] = schemas["$defs"]
    return found
