"""What Grafana tells about alerts: proved by its signature, kept, nothing else."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from hashlib import sha256

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.datastructures import Headers

from inference_api.routing import Body, Routes
from inference_api.services import services
from tyreloop.domain.alerts import Alert, AlertSource
from tyreloop.domain.errors import InvalidRequest, NotSignedIn
from tyreloop.domain.staff import Right
from tyreloop.use_cases.alerts import receive_alerts

routes = Routes(Right.OPEN)
MAX_BYTES = 1_000_000
WEBHOOK = {
    "type": "object",
    "properties": {"alerts": {"type": "array", "items": {"type": "object"}}},
    "required": ["alerts"],
}

# Grafana's own words for its two headers; our contact point names the second one.
SIGNATURE, SIGNED_AT = "X-Grafana-Alerting-Signature", "X-Grafana-Alerting-Timestamp"
MOST_SECONDS_OLD = 300  # what was signed longer ago is told by somebody who listened
NOT_ENDED = 2000  # Grafana writes the year 1 for an alert that has no end


class ToldAlert(BaseModel):
    """One alert of Grafana's webhook; it has more fields than we need."""

    model_config = ConfigDict(extra="ignore")

    status: str
    fingerprint: str = Field(max_length=200)
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    values: dict[str, float] | None = None
    startsAt: datetime  # noqa: N815 - Grafana's spelling
    endsAt: datetime | None = None  # noqa: N815

    def alert(self) -> Alert:
        """In our own words."""
        ended = self.endsAt if self.status == "resolved" and self.endsAt else None
        values = self.values or {}
        return Alert(
            source=AlertSource.GRAFANA,
            fingerprint=self.fingerprint,
            rule=self.labels.get("rule") or self.labels.get("alertname", "unknown"),
            severity=self.labels.get("severity", "warning"),
            title=self.annotations.get("headline") or self.labels.get("alertname", "Alert"),
            summary=self.annotations.get("summary", ""),
            started_at=self.startsAt,
            ended_at=max(ended, self.startsAt) if ended and ended.year > NOT_ENDED else None,
            labels={name: label for name, label in self.labels.items() if name not in OURS},
            value=values.get("A"),
            n=values.get("N"),
        )


OURS = {"rule", "severity", "service", "alertname", "grafana_folder"}


class ToldAlerts(BaseModel):
    """The body of Grafana's webhook."""

    model_config = ConfigDict(extra="ignore")

    alerts: list[ToldAlert] = Field(max_length=1000)


class KeptBody(Body):
    """How many alerts were kept."""

    kept: int


@routes.route(
    "POST",
    "/v1/alerts",
    KeptBody,
    takes={"application/json": WEBHOOK},
    max_bytes=MAX_BYTES,
    name="tell_alerts",
)
def take_alerts() -> KeptBody:
    """Grafana's webhook: alerts that fired or ended, signed; the same again changes nothing."""
    body = request.get_data(cache=False)
    require_signature(body, request.headers, services().alert_token, now=services().clock())
    try:
        told = ToldAlerts.model_validate_json(body)
    except ValidationError as error:
        raise InvalidRequest("This is not what Grafana's webhook sends.") from error
    return KeptBody(
        kept=receive_alerts((alert.alert() for alert in told.alerts), using=services().stores.alerts)
    )


def require_signature(body: bytes, headers: Headers, token: str, *, now: datetime) -> None:
    """Only who holds the token can sign, and an old letter counts no more."""
    signed_at = headers.get(SIGNED_AT, "")
    if not token or not signed_at.isdecimal():
        raise NotSignedIn("Alerts are taken from Grafana only, signed with ALERT_TOKEN.")
    expected = hmac.new(token.encode(), f"{signed_at}:".encode() + body, sha256).hexdigest()
    age = now - datetime.fromtimestamp(min(int(signed_at), 1 << 40), UTC)
    if not hmac.compare_digest(expected.encode(), headers.get(SIGNATURE, "").encode()) or (
        abs(age.total_seconds()) > MOST_SECONDS_OLD
    ):
        raise NotSignedIn("The signature is not right, or too old.")
