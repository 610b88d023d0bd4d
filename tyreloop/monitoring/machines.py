"""What the machines say: a number for each question to Prometheus, and the edge's certificate."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from math import isfinite

import requests
from cryptography import x509

from tyreloop.settings import Settings

SECONDS = 5.0
DISKS = 'fstype!~"tmpfs|ramfs|overlay|squashfs|fuse.*"'
FREE = f"node_filesystem_avail_bytes{{{DISKS}}}"
# Each gauge, and what Prometheus is asked for it.
QUESTIONS = {
    "disk_free": f"min({FREE} / node_filesystem_size_bytes{{{DISKS}}})",
    # At the pace of the last six hours; a year at most, which is to say never.
    "disk_full_hours": f"clamp_max(min({FREE} / clamp_min(-deriv({FREE}[6h]), 1)) / 3600, 8760)",
    "memory_free": "min(node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)",
    "processor_busy": '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[5m]))',
    "postgres_connections": "sum(pg_stat_database_numbackends) / max(pg_settings_max_connections)",
    "replicas_up": 'sum(up{job="service"})',
    "programs_down": "count(up == 0) or vector(0)",
}


def machine_gauges(settings: Settings, now: datetime) -> Mapping[str, float]:
    """All that can be known now; what does not answer is left out, for that is no failure of ours."""
    gauges: dict[str, float] = {}
    if settings.prometheus_url:
        with suppress(requests.RequestException), requests.Session() as session:
            for gauge, question in QUESTIONS.items():
                answer = session.get(
                    f"{settings.prometheus_url}/api/v1/query", params={"query": question}, timeout=SECONDS
                )
                if (value := _number(answer)) is not None:
                    gauges[gauge] = value
    if settings.public_host:
        with suppress(OSError, ValueError):
            gauges["certificate_days"] = certificate_days(settings, now)
    return gauges


def certificate_days(settings: Settings, now: datetime) -> float:
    """How long the edge's certificate is good for; 0 for the edge's own, which browsers warn of."""
    host, _, port = (settings.edge_address or settings.public_host).partition(":")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is looked at, not trusted
    with (
        socket.create_connection((host, int(port or 443)), timeout=SECONDS) as raw,
        context.wrap_socket(raw, server_hostname=settings.public_host) as line,
    ):
        shown = x509.load_der_x509_certificate(line.getpeercert(binary_form=True) or b"")
    is_own = shown.issuer == shown.subject
    return 0.0 if is_own else (shown.not_valid_after_utc - now) / timedelta(days=1)


def _number(answer: requests.Response) -> float | None:
    """The one number of an answer, if there is one."""
    try:
        found = float(answer.json()["data"]["result"][0]["value"][1])
    except (IndexError, KeyError, ValueError):
        return None
    return found if isfinite(found) else None
