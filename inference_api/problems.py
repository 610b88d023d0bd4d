"""Every error as one problem document (RFC 9457): a stable code, a sentence, the request's id."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from inference_api.callers import request_id
from tyreloop.domain import errors

log = structlog.get_logger(__name__)

STATUS_OF: dict[type[errors.TyreloopError], int] = {
    errors.UnreadablePhoto: 422,
    errors.PhotoTooLarge: 413,
    errors.InvalidRequest: 400,
    errors.NotSignedIn: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.InvitationSpent: 410,
    errors.ReportGone: 410,
    errors.NameTaken: 409,
    errors.Conflict: 409,
    errors.TooManyRequests: 429,
    errors.PredictionNotFound: 404,
    errors.PhotoNotFound: 404,
    errors.ModelVersionNotFound: 404,
    errors.KeyReused: 409,
    errors.NoProductionModel: 503,
    errors.StoreUnavailable: 503,
    errors.RegistryUnavailable: 503,
    errors.ServiceBusy: 503,
}
CODE_OF_HTTP = {
    400: errors.InvalidRequest.code,
    404: errors.NotFound.code,
    413: errors.PhotoTooLarge.code,
    503: errors.ServiceBusy.code,
}
HTTP_CODE = "http_error"  # a method or a form of request that HTTP itself refuses
RETRY_AFTER_SECONDS = 2
UNFORESEEN_CODE = "internal_error"
UNFORESEEN = "Something went wrong on our side. The request's id helps us find it."
CODES = sorted({error.code for error in STATUS_OF} | {HTTP_CODE, UNFORESEEN_CODE})
PROBLEM = "application/problem+json"


def install(app: Flask) -> None:
    """Answer whatever goes wrong in a request with a problem document."""
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_any)


def as_problem(response: Response) -> Response:
    """The same with what every problem of its status says in its headers."""
    response.mimetype = PROBLEM
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if response.status_code in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def problem_of(error: Exception, request: str) -> dict[str, Any]:
    """The problem document of an error; of one that is not in the table the caller learns nothing."""
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem(status, UNFORESEEN_CODE, UNFORESEEN, request)
    return problem(status, getattr(error, "code", UNFORESEEN_CODE), str(error), request)


def status_of(error: Exception) -> int:
    """The HTTP status of one of our errors; what is not in the table is our own mistake."""
    return next((STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF), 500)


def problem(status: int, code: str, detail: str, request: str) -> dict[str, Any]:
    """One problem document."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request,
    }


def _answer(document: dict[str, Any]) -> Response:
    response = jsonify(document)
    response.status_code = document["status"]
    return as_problem(response)


def _of_any(error: Exception) -> Response:
    if status_of(error) == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", exc_info=error)  # whole, here and nowhere else
    return _answer(problem_of(error, request_id()))


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:  # a redirect is no problem
        return Response(error.get_body(), status, error.get_headers())
    code = CODE_OF_HTTP.get(status, HTTP_CODE)
    detail = error.description or HTTPStatus(status).phrase
    response = _answer(problem(status, code, detail, request_id()))
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response
