"""What the service says of itself: gauges, and what changed between two looks at counters and model."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tyreloop.client import ApiClient, ApiProblem

ENDLESS_MS = 2_147_483_647
QUIET_ROUTES = {"/healthz", "/readyz", "/metrics", "/v1/alerts", "none"}
GAUGES = ("waiting", "working", "model_version", "models_refused", "registry_answers")
# What is counted, and under which labels it is told apart.
COUNTERS = {
    "tyreloop_requests_total": ("route", "status"),
    "tyreloop_request_seconds_bucket": ("route", "le"),
    "tyreloop_stage_seconds_bucket": ("stage", "le"),
}
TOGETHER: Mapping[str, Callable[[list[float]], float]] = {
    "waiting": sum,
    "working": sum,
    "models_refused": max,
}
KINDS = {"tyreloop_request_seconds_bucket": "route", "tyreloop_stage_seconds_bucket": "stage"}


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found; nothing at all when the service did not answer."""

    counters: Mapping[str, float] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Increase:
    """One minute's work."""

    requests: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    latency: Counter[tuple[str, str, int]] = field(default_factory=Counter)  # kind, name, below ms


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """A swap, a refusal, or alias and stage that disagree."""

    kind: str
    model_version: str
    details: str = ""


def look_at(api_url: str) -> Look:
    """Ask each replica for its metrics, and one for its model; bounded, and never an error of ours."""
    counters: dict[str, float] = {}
    gauges: list[Mapping[str, float]] = []
    for replica in replicas_of(api_url):
        with suppress(ApiProblem, ValueError), ApiClient(replica) as service:
            samples = list(_samples(service.metrics()))
            counters |= _counters(samples, replica)
            gauges.append(_gauges(samples))
    try:
        with ApiClient(api_url) as service:
            model = service.model()
    except (ApiProblem, ValueError):
        return Look()
    return Look(counters, _together(gauges), model, answered=True) if gauges else Look()


def replicas_of(api_url: str) -> list[str]:
    """The URL with each address that its name stands for."""
    parts = urlsplit(api_url)
    try:
        _, _, addresses = socket.gethostbyname_ex(parts.hostname or "")
    except OSError:
        return []
    return sorted(parts._replace(netloc=f"{address}:{parts.port or 80}").geturl() for address in addresses)


def increase_between(before: Mapping[str, float], now: Mapping[str, float]) -> Increase:
    """A counter that fell began anew: the service was started again."""
    found = Increase()
    cumulative: dict[tuple[str, str], Counter[float]] = {}
    for key, value in now.items():
        earlier = before.get(key, 0.0)
        added = round(value - earlier if value >= earlier else value)
        name, first, second, *_ = json.loads(key)
        if name == "tyreloop_requests_total":
            found.requests[first] += added
            found.errors[first] += added if second.startswith("5") else 0
        else:
            cumulative.setdefault((KINDS[name], first), Counter())[float(second)] += added
    for (kind, what), buckets in cumulative.items():
        found.latency.update({(kind, what, below): n for below, n in _single(buckets)})
    return found


def events_between(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[ModelEvent]:
    """What happened to the model: each change once, however often it is looked at."""
    if now.get("serving") and now["serving"] != before.get("serving"):
        yield ModelEvent("serving", str(now["serving"]))
    refused_before = before.get("refused") or {}
    for version, reason in (now.get("refused") or {}).items():
        if version not in refused_before:
            yield ModelEvent("refused", str(version), str(reason)[:500])
    if now.get("unsigned") and now["unsigned"] != before.get("unsigned"):
        yield ModelEvent("refused", str(now["unsigned"]), "nobody signed this move of Production")
    conflict = now.get("conflict_with")
    if conflict and conflict != before.get("conflict_with"):
        yield ModelEvent("conflict", str(conflict), f"the alias names version {now.get('wanted')}")


def _samples(text: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        yield from family.samples


def _counters(samples: list[Sample], replica: str) -> dict[str, float]:
    """Each counter's value by its name in the row that remembers it."""
    sums: dict[str, float] = {}
    for sample in samples:
        if sample.name in COUNTERS and sample.labels.get("route") not in QUIET_ROUTES:
            key = json.dumps([sample.name, *(sample.labels[name] for name in COUNTERS[sample.name]), replica])
            sums[key] = sums.get(key, 0.0) + sample.value
    return sums


def _gauges(samples: list[Sample]) -> dict[str, float]:
    named = {sample.name.removeprefix("tyreloop_"): sample.value for sample in samples}
    return {name: value for name, value in named.items() if name in GAUGES}


def _together(replicas: list[Mapping[str, float]]) -> dict[str, float]:
    """What they have between them; of the rest, what the one that is worst off says."""
    names = {name for replica in replicas for name in replica}
    said = {name: [replica[name] for replica in replicas if name in replica] for name in names}
    return {name: TOGETHER.get(name, min)(values) for name, values in said.items()}


def _single(buckets: Mapping[float, int]) -> Iterator[tuple[int, int]]:
    """Each bucket holds all smaller ones too; charts want them apart."""
    smaller = 0
    for limit, count in sorted(buckets.items()):
        if count > smaller:
            yield (ENDLESS_MS if limit == float("inf") else round(limit * 1000)), count - smaller
        smaller = max(smaller, count)
