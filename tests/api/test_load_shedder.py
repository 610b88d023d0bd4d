"""Photos that could not be answered in time are refused before Flask is asked."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from inference_api import Services


@pytest.fixture
def full_api(api: FlaskClient) -> FlaskClient:
    """The service when it takes no more photos."""
    services: Services = api.application.extensions["tyreloop"]
    services.admission.close()
    return api


@pytest.mark.parametrize("path", ["/predict", "/v1/predictions"])
def test_a_photo_beyond_the_queue_is_refused_with_all_that_a_problem_has(
    full_api: FlaskClient, bright: bytes, path: str
) -> None:
    refused = full_api.post(
        path, data=bright, content_type="image/jpeg", headers={"X-Request-ID": "mine-0001"}
    )

    problem = refused.get_json(force=True)
    assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")
    assert (problem["code"], problem["status"]) == ("service_busy", 503)
    assert problem["request_id"] == refused.headers["X-Request-ID"] == "mine-0001"
    assert int(refused.headers["Retry-After"]) > 0
    assert (
        f'tyreloop_requests_total{{method="POST",route="{path}",status="503"}} 1.0'
        in full_api.get("/metrics").text
    )


def test_an_id_that_is_none_is_replaced(full_api: FlaskClient, bright: bytes) -> None:
    refused = full_api.post(
        "/predict", data=bright, content_type="image/jpeg", headers={"X-Request-ID": "<b>no id</b>"}
    )

    assert len(refused.headers["X-Request-ID"]) == 32


def test_whatever_is_no_photo_is_answered_as_ever(full_api: FlaskClient) -> None:
    assert full_api.get("/healthz").status_code == 200
    assert full_api.get("/predict").status_code == 405
    assert full_api.get("/v1/model").status_code == 200


def test_a_connection_goes_on_after_a_refusal(full_api: FlaskClient, bright: bytes) -> None:
    for _ in range(2):
        assert full_api.post("/predict", data=bright, content_type="image/jpeg").status_code == 503
