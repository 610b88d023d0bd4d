"""Grafana's webhook reaches the table of alerts: signed, once, in our words; anybody else is refused."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inference_api import Services, create_app
from inference_api.routes.alerts import SIGNATURE, SIGNED_AT
from tyreloop.domain.alerts import Alert, AlertSource
from tyreloop.store.alerts import PostgresAlerts
from tyreloop.use_cases.stores import Stores

TOKEN = "a token that Grafana and the service share"
NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
FIRING: dict[str, Any] = {
    "status": "firing",
    "labels": {
        "alertname": "dislike-ratio",
        "grafana_folder": "Tyreloop alerts",
        "rule": "dislike-ratio",
        "severity": "warning",
        "service": "tyreloop",
        "model_version": "7",
    },
    "annotations": {"headline": "Many dislikes", "summary": "Version 7: 41 % of 87 votes."},
    "startsAt": "2026-06-01T02:50:00Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "values": {"A": 0.41, "N": 87, "P": 7, "C": 1},
    "fingerprint": "c6eadffa33fcdf37",
    "silenceURL": "https://grafana.example/alerting/silence/new",
}


@pytest.fixture
def alerts(stores: Stores) -> PostgresAlerts:
    return stores.alerts


@pytest.fixture
def client(bare_services: Services, alerts: PostgresAlerts) -> FlaskClient:
    stores = replace(bare_services.stores, clock=lambda: NOW)
    services = replace(bare_services, stores=stores, alert_token=TOKEN)
    return create_app(services).test_client()


def tell(client: FlaskClient, *told: dict[str, Any], at: datetime = NOW, token: str = TOKEN) -> TestResponse:
    body = json.dumps({"receiver": "tyreloop-api", "status": "firing", "alerts": told}).encode()
    moment = str(int(at.timestamp()))
    signature = hmac.new(token.encode(), f"{moment}:".encode() + body, sha256).hexdigest()
    return client.post("/v1/alerts", data=body, headers={SIGNATURE: signature, SIGNED_AT: moment})


def test_a_firing_alert_is_kept_in_our_words(client: FlaskClient, alerts: PostgresAlerts) -> None:
    assert tell(client, FIRING).get_json() == {"kept": 1}
    assert list(alerts.latest(limit=5)) == [
        Alert(
            source=AlertSource.GRAFANA,
            fingerprint="c6eadffa33fcdf37",
            rule="dislike-ratio",
            severity="warning",
            title="Many dislikes",
            summary="Version 7: 41 % of 87 votes.",
            started_at=NOW - timedelta(minutes=10),
            labels={"model_version": "7"},
            value=0.41,
            n=87,
        )
    ]


def test_told_again_and_resolved_it_stays_one(client: FlaskClient, alerts: PostgresAlerts) -> None:
    tell(client, FIRING)
    tell(client, FIRING, {**FIRING, "status": "resolved", "endsAt": "2026-06-01T03:00:00Z"})
    (only,) = alerts.latest(limit=5)
    assert only.ended_at == NOW


def test_another_token_is_refused(client: FlaskClient, alerts: PostgresAlerts) -> None:
    assert tell(client, FIRING, token="another").status_code == HTTPStatus.UNAUTHORIZED
    assert list(alerts.latest(limit=5)) == []


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_letter_counts_no_more(client: FlaskClient, minutes: float) -> None:
    told = tell(client, FIRING, at=NOW + timedelta(minutes=minutes))
    assert told.status_code == HTTPStatus.UNAUTHORIZED


def test_without_a_signature_nothing_is_taken(client: FlaskClient) -> None:
    assert client.post("/v1/alerts", json={"alerts": []}).status_code == HTTPStatus.UNAUTHORIZED


def test_without_a_token_in_the_settings_nobody_is_believed(bare_services: Services) -> None:
    stores = replace(bare_services.stores, clock=lambda: NOW)
    client = create_app(replace(bare_services, stores=stores)).test_client()
    assert tell(client, FIRING, token="").status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("told", [{}, {"status": "firing"}, {**FIRING, "startsAt": "soon"}])
def test_something_else_is_refused_in_one_sentence(client: FlaskClient, told: dict[str, Any]) -> None:
    answer = tell(client, told)
    assert (answer.status_code, answer.get_json()["code"]) == (HTTPStatus.BAD_REQUEST, "invalid_request")
