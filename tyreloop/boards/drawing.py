"""Units, colours and options of each kind of panel. A colour means the same thing on every board."""

from __future__ import annotations

from typing import Any

from tyreloop.boards.panel import Kind, Panel, Unit

COLOURS = {
    "Likes": "green",
    "Dislikes": "red",
    "good": "green",
    "defective": "red",
    "unsure": "yellow",
    "unusable": "text",
    "Like ratio": "blue",
}
COUNTS = ("Votes", "Predictions", "Photos", "Answers", "Requests", "Corrections", "Reviewed")


def field_config(panel: Panel) -> dict[str, Any]:
    """Defaults of all columns, and what single columns have of their own."""
    defaults: dict[str, Any] = {
        "unit": panel.unit,
        "color": {"mode": "thresholds" if panel.kind is Kind.STAT else "palette-classic"},
        "thresholds": {
            "mode": "absolute",
            "steps": [{"color": colour, "value": value} for value, colour in panel.steps],
        },
        "custom": _custom(panel),
    }
    if panel.unit is Unit.SHARE:
        defaults |= {"min": 0, "max": 1}
    return {
        "defaults": defaults,
        "overrides": [*_units(panel), *_colours(panel), *_axes(panel), *_hidden(panel)],
    }


def options(panel: Panel) -> dict[str, Any]:
    """How a kind of panel shows its columns."""
    match panel.kind:
        case Kind.STAT:
            return {
                "reduceOptions": _reduced(panel.text_column),
                "colorMode": "value",
                "graphMode": "none",
                "textMode": "value_and_name",
                "justifyMode": "auto",
            }
        case Kind.PIE:
            legend = {"displayMode": "list", "placement": "bottom", "showLegend": True, "values": ["value"]}
            return {
                "reduceOptions": _reduced(None),
                "pieType": "donut",
                "displayLabels": ["percent"],
                "legend": legend,
            }
        case Kind.LINES:
            legend = {"displayMode": "list", "placement": "bottom", "showLegend": True}
            return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
        case Kind.BARS:
            return {
                "stacking": "normal" if panel.stacked else "none",
                "showValue": "never",
                "tooltip": {"mode": "multi"},
            }
        case Kind.STATES:
            return {"mergeValues": True, "showValue": "auto", "rowHeight": 0.8}
        case _:
            return {"showHeader": True, "cellHeight": "sm", "footer": {"show": False}}


def _reduced(column: str | None) -> dict[str, Any]:
    fields = f"/^{column}$/" if column else ""
    return {"calcs": ["lastNotNull"], "fields": fields, "values": False}


def _custom(panel: Panel) -> dict[str, Any]:
    if panel.kind is Kind.LINES:
        stacking = {"mode": "normal" if panel.stacked else "none", "group": "A"}
        return {
            "drawStyle": "bars" if panel.bars else "line",
            "fillOpacity": 70 if panel.bars else 8,
            "lineWidth": 1 if panel.bars else 2,
            "showPoints": "auto",
            "spanNulls": 10_800_000,  # ms: an hour without votes is no gap, a day is
            "stacking": stacking,
            "thresholdsStyle": {"mode": "dashed" if panel.shows_limit else "off"},
        }
    if panel.kind is Kind.BARS:
        return {"fillOpacity": 80, "lineWidth": 0}
    return {}


def _units(panel: Panel) -> list[dict[str, Any]]:
    counts = {name: Unit.COUNT for name in COUNTS if panel.unit is not Unit.COUNT}
    return [
        _override(
            name,
            {"id": "unit", "value": unit},
            {"id": "min", "value": 0},
            {"id": "max"},
            {"id": "thresholds", "value": {"mode": "absolute", "steps": [{"color": "text", "value": None}]}},
        )
        for name, unit in {**counts, **panel.units}.items()
    ]


def _colours(panel: Panel) -> list[dict[str, Any]]:
    if panel.kind in (Kind.STAT, Kind.TABLE, Kind.STATES):
        return []
    return [
        _override(name, {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}})
        for name, colour in COLOURS.items()
    ]


def _axes(panel: Panel) -> list[dict[str, Any]]:
    """Columns that are drawn faintly, on an axis of their own: the votes a ratio rests on."""
    return [
        _override(
            name,
            {"id": "custom.axisPlacement", "value": "right"},
            {"id": "custom.drawStyle", "value": "bars"},
            {"id": "custom.fillOpacity", "value": 15},
            {"id": "custom.lineWidth", "value": 0},
            {"id": "color", "value": {"mode": "fixed", "fixedColor": "text"}},
        )
        for name in panel.right_axis
    ]


def _hidden(panel: Panel) -> list[dict[str, Any]]:
    """Columns that would stand in the way of the others, and are told where the pointer is."""
    drawn = {"viz": True, "legend": True, "tooltip": False}
    return [_override(name, {"id": "custom.hideFrom", "value": drawn}) for name in panel.only_in_tooltip]


def _override(name: str, *properties: dict[str, Any]) -> dict[str, Any]:
    return {"matcher": {"id": "byName", "options": name}, "properties": list(properties)}
