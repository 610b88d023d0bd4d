"""What was added between two looks: requests, errors, and how long things took."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

ENDLESS_MS = 2_147_483_647
KINDS = {"tyreloop_request_seconds_bucket": "route", "tyreloop_stage_seconds_bucket": "stage"}


@dataclass(frozen=True, slots=True)
class Increase:
    """One minute's work."""

    requests: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    latency: Counter[tuple[str, str, int]] = field(default_factory=Counter)  # kind, name, below ms


def increase_between(before: Mapping[str, float], now: Mapping[str, float]) -> Increase:
    """A counter that fell began anew: the service was started again."""
    found = Increase()
    cumulative: dict[tuple[str, str], list[tuple[float, int]]] = {}
    for key, value in now.items():
        earlier = before.get(key, 0.0)
        added = round(value - earlier if value >= earlier else value)
        name, first, second = json.loads(key)
        if name == "tyreloop_requests_total":
            found.requests[first] += added
            found.errors[first] += added if second.startswith("5") else 0
        else:
            cumulative.setdefault((KINDS[name], first), []).append((float(second), added))
    for (kind, what), buckets in cumulative.items():
        found.latency.update({(kind, what, below): n for below, n in _single(buckets)})
    return found


def _single(buckets: list[tuple[float, int]]) -> Iterator[tuple[int, int]]:
    """Each bucket holds all smaller ones too; charts want them apart."""
    smaller = 0
    for limit, count in sorted(buckets):
        if count > smaller:
            yield (ENDLESS_MS if limit == float("inf") else round(limit * 1000)), count - smaller
        smaller = max(smaller, count)
