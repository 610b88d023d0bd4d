"""Inside a request: the application's services and the request's JSON."""

from __future__ import annotations

from typing import TypeVar, cast

from flask import Response, current_app, request
from pydantic import BaseModel, ValidationError

from inference_api.services import Services
from tyreloop.domain.errors import InvalidRequest

Wanted = TypeVar("Wanted", bound=BaseModel)


def services() -> Services:
    """What this application was made with."""
    return cast(Services, current_app.extensions["tyreloop"])


def read_body(kind: type[Wanted]) -> Wanted:
    """The request's JSON as a typed body, or one sentence about what is wrong with it."""
    try:
        return kind.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise InvalidRequest(f"{where}: {first['msg']}") from error


def answer(body: BaseModel, status: int = 200) -> Response:
    """A typed body as the response."""
    return current_app.response_class(
        body.model_dump_json(exclude_none=False), status, mimetype="application/json"
    )
