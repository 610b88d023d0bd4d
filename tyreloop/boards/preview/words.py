"""How a value is written on a picture, by Grafana's name of its unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

SPANS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def unit_of(panel: Mapping[str, Any], column: str) -> str:
    """A column's own unit, or the panel's."""
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["options"] == column:
            for changed in override["properties"]:
                if changed["id"] == "unit":
                    return str(changed["value"])
    return str(panel["fieldConfig"]["defaults"]["unit"])


def colour_of(panel: Mapping[str, Any], column: str) -> str | None:
    """A column's fixed colour, if it has one."""
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["options"] == column:
            for changed in override["properties"]:
                if changed["id"] == "color":
                    return str(changed["value"]["fixedColor"])
    return None


def written(value: Any, unit: str) -> str:
    """One value in few characters."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%m-%d %H:%M}"
    if isinstance(value, str):
        return value if len(value) <= 34 else value[:33] + "…"
    return _number(float(value), unit)


def _number(number: float, unit: str) -> str:
    match unit:
        case "percentunit":
            return f"{number * 100:.1f} %"
        case "ms":
            return f"{number:.0f} ms"
        case "s" | "m":
            return _span(number * (60 if unit == "m" else 1))
        case _:
            return f"{number:,.0f}" if abs(number) >= 10 or number.is_integer() else f"{number:.3g}"


def _span(seconds: float) -> str:
    for size, name in SPANS:
        if seconds >= size:
            return f"{seconds / size:.3g} {name}"
    return "0 s"
