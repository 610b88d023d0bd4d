"""Every error is a problem with a stable code; of our own mistakes a caller learns the id alone."""

from __future__ import annotations

from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue

from inference_api.problems import CODES, STATUS_OF, problem_of, status_of
from tyreloop.domain import errors
from tyreloop.domain.errors import TyreloopError


@pytest.mark.parametrize("kind", STATUS_OF, ids=lambda kind: kind.code)
def test_each_error_has_its_status_and_its_code(kind: type[TyreloopError]) -> None:
    said = problem_of(kind("One sentence."), "request-1")
    assert (said["status"], said["code"], said["detail"]) == (STATUS_OF[kind], kind.code, "One sentence.")
    assert said["code"] in CODES


def test_an_error_without_a_status_is_our_own_mistake_and_says_nothing() -> None:
    for error in (
        TyreloopError("the disk of host db-3"),
        ValueError("SELECT secret"),
        errors.NotConfigured("x"),
    ):
        said = problem_of(error, "request-1")
        assert (status_of(error), said["code"], said["request_id"]) == (500, "internal_error", "request-1")
        assert str(error) not in said["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("PATCH", "/v1/model", 405, "http_error"),
        ("POST", "/predict", 400, "invalid_request"),
    ],
)
def test_what_http_refuses_has_a_code_too(
    api: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    said = api.open(path, method=method)
    assert (said.status_code, said.get_json(force=True)["code"]) == (status, code)
    assert said.mimetype == "application/problem+json"


def test_the_unforeseen_is_one_answer_wherever_it_happens(api: FlaskClient) -> None:
    def breaks() -> ResponseReturnValue:
        raise RuntimeError("a word of the database's own")

    app = cast(Flask, api.application)
    app.view_functions["getModel"] = breaks
    said = api.get("/v1/model")
    assert (said.status_code, said.get_json(force=True)["code"]) == (500, "internal_error")
    assert "database" not in said.text
