"""Grafana's intervals: `5m`, `1h`, `1h30m`, `7d`."""

from __future__ import annotations

import re
from datetime import timedelta

DAYS = {"d": 1, "w": 7}
SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
# What a chart's step snaps to, in seconds: Grafana never shows 37-minute buckets either.
STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800)


def seconds_of(interval: str) -> float:
    """How long an interval is; months and years are left out, for they have no fixed length."""
    if whole := re.fullmatch(r"(\d+)([dw])", interval):
        return int(whole[1]) * DAYS[whole[2]] * 86400.0
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", interval)
    if not parts or "".join(number + unit for number, unit in parts) != interval:
        raise ValueError(f"{interval!r} is no interval")
    return sum(float(number) * SECONDS[unit] for number, unit in parts)


def written(seconds: float) -> str:
    """The largest whole unit, cut off, as Grafana writes `$__interval`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{max(int(seconds * 1000), 1)}ms"


def step_for(span: timedelta, *, points: int = 400, at_least_seconds: float = 60.0) -> float:
    """The step in seconds that draws a span with about so many points."""
    wanted = max(span.total_seconds() / points, at_least_seconds)
    return float(next((step for step in STEPS if step >= wanted), STEPS[-1]))
