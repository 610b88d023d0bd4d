"""One look at the service: its counters, its gauges, its model; bounded, and never an error of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tyreloop.client import ApiClient, ApiProblem

QUIET_ROUTES = {"/healthz", "/readyz", "/metrics", "/v1/alerts", "none"}
GAUGES = ("waiting", "working", "model_version", "models_refused", "registry_answers")
# What is counted, and under which labels it is told apart.
COUNTERS = {
    "tyreloop_requests_total": ("route", "status"),
    "tyreloop_request_seconds_bucket": ("route", "le"),
    "tyreloop_stage_seconds_bucket": ("stage", "le"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found; nothing at all when the service did not answer."""

    counters: Mapping[str, float] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    answered: bool = False


def look_at(api_url: str) -> Look:
    """Ask the service for its metrics and its model."""
    try:
        with ApiClient(api_url) as service:
            samples, model = list(_samples(service.metrics())), service.model()
    except (ApiProblem, ValueError):
        return Look()
    return Look(dict(_counters(samples)), dict(_gauges(samples)), model, answered=True)


def counter_key(name: str, *labels: str) -> str:
    """One counter's name in the row that remembers it."""
    return json.dumps([name, *labels])


def _samples(text: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        yield from family.samples


def _counters(samples: list[Sample]) -> Iterator[tuple[str, float]]:
    sums: dict[str, float] = {}
    for sample in samples:
        if sample.name in COUNTERS and sample.labels.get("route") not in QUIET_ROUTES:
            key = counter_key(sample.name, *(sample.labels[name] for name in COUNTERS[sample.name]))
            sums[key] = sums.get(key, 0.0) + sample.value
    yield from sums.items()


def _gauges(samples: list[Sample]) -> Iterator[tuple[str, float]]:
    for sample in samples:
        name = sample.name.removeprefix("tyreloop_")
        if name in GAUGES:
            yield name, sample.value
