"""Charts as Vega-Lite: plain dictionaries that say what is drawn, with the releases marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Spec = dict[str, Any]
Data = Sequence[Mapping[str, Any]]

DARK_INK, LIGHT_INK = "#17211e", "#edf2f0"
GOOD, BAD, MILD, PALE, LINE = "#1c8a5a", "#c5372c", "#c47a00", "#7b8783", "#2f6fab"
HEIGHT = 240
TIP = {"field": "tip", "type": "nominal"}  # one sentence in the visitor's language, not names of fields
UNSAID = {"aria": False}  # Vega would describe marks and axes in English; the chart as a whole has our words
DATES = {"format": "%m-%d %H:%M", "labelOverlap": True}
WHOLE_WORDS = {"labelLimit": 220, "labelAngle": 0}


def over_time(
    data: Data,
    marks: Data,
    axis: Sequence[str],
    *,
    kind: str,
    colours: Mapping[str, str],
    ink: str,
    unit: str = "",
) -> Spec:
    """Bars or lines over the whole span, one colour a series; a dashed line where Production moved."""
    mark: Spec = {"type": kind, **UNSAID}
    ends: Spec = {}
    if kind == "bar":  # which covers the time that it counts
        mark |= {"orient": "vertical"}
        ends = {"x2": {"field": "until"}}
    if kind == "line":
        mark |= {"strokeWidth": 2, "point": {"size": 24, **UNSAID}}  # a first hour alone is no line yet
    series: Spec = {
        "data": {"values": list(data)},
        "mark": mark,
        "encoding": {
            "x": _time(axis),
            **ends,
            "y": {"field": "value", "type": "quantitative", "title": None, **_height_of(unit)},
            "color": _colour(colours),
            "tooltip": TIP,
        },
    }
    return {"config": UNSAID, "height": HEIGHT, "layer": [series, *_release_marks(marks, axis, ink)]}


def intervals(data: Data, *, ink: str) -> Spec:
    """A point with its interval for each version, and the votes it rests on."""
    share = {"type": "quantitative", "title": None, "axis": {"format": "%"}, "scale": {"domain": [0, 1]}}
    rows: Spec = {"field": "version", "type": "nominal", "title": None, "sort": None}
    return {
        "config": UNSAID,
        "height": {"step": 44},
        "data": {"values": list(data)},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 3, "color": LINE, **UNSAID},
                "encoding": {
                    "y": rows,
                    "x": {"field": "low", **share},
                    "x2": {"field": "high"},
                    "tooltip": TIP,
                },
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 90,
                    "color": LINE,
                    **UNSAID,
                },
                "encoding": {"y": rows, "x": {"field": "ratio", **share}, "tooltip": TIP},
            },
            {
                "mark": {"type": "text", "dy": -13, "fontSize": 11, "color": ink, **UNSAID},
                "encoding": {"y": rows, "x": {"field": "ratio", **share}, "text": {"field": "votes"}},
            },
        ],
    }


def claims(data: Data, *, titles: tuple[str, str], ink: str) -> Spec:
    """What a model claims against how often it is right, with intervals; on the line it keeps it."""
    steps = [0.5, 0.6, 0.7, 0.8, 0.9, 1]
    share: Spec = {
        "type": "quantitative",
        "scale": {"domain": [0.5, 1]},
        "axis": {"format": "%", "values": steps},
    }
    across = {"field": "claimed", **share, "title": titles[0]}
    up: Spec = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": "%"}}
    ends = {"data": {"values": [{"at": 0.5}, {"at": 1}]}}
    diagonal = {"x": {"field": "at", **share}, "y": {"field": "at", **up}}
    return {
        "config": UNSAID,
        "height": HEIGHT,
        "data": {"values": list(data)},
        "layer": [
            {
                **ends,
                "mark": {"type": "line", "strokeDash": [4, 4], "color": PALE, **UNSAID},
                "encoding": diagonal,
            },
            {
                "mark": {"type": "rule", "strokeWidth": 3, "color": LINE, **UNSAID},
                "encoding": {
                    "x": across,
                    "y": {"field": "low", **up, "title": titles[1]},
                    "y2": {"field": "high"},
                    "tooltip": TIP,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "color": LINE, **UNSAID},
                "encoding": {"x": across, "y": {"field": "share", **up}, "tooltip": TIP},
            },
            {
                "mark": {"type": "text", "dx": 8, "align": "left", "fontSize": 11, "color": ink, **UNSAID},
                "encoding": {"x": across, "y": {"field": "share", **up}, "text": {"field": "of"}},
            },
        ],
    }


def _release_marks(marks: Data, axis: Sequence[str], ink: str) -> list[Spec]:
    if not marks:
        return []
    data: Spec = {"data": {"values": list(marks)}}
    rule: Spec = {
        "type": "rule",
        "strokeDash": [4, 4],
        "color": PALE,
        **UNSAID,
    }
    label: Spec = {"type": "text", "align": "left", "dx": 4, "dy": 8, "y": 0, "color": ink, **UNSAID}
    return [
        {**data, "mark": rule, "encoding": {"x": _time(axis), "tooltip": TIP}},
        {**data, "mark": label, "encoding": {"x": _time(axis), "text": {"field": "release"}}},
    ]


def _time(axis: Sequence[str]) -> Spec:
    """The whole chosen span; what the data calls UTC is the clock of the chosen zone, not the browser's."""
    scale = {"type": "utc", "domain": list(axis)}
    return {"field": "time", "type": "temporal", "title": None, "axis": DATES, "scale": scale}


def _height_of(unit: str) -> Spec:
    """Shares from nothing to all; counts without halves, and without a minus below the line."""
    if unit == "%":
        return {"axis": {"format": "%"}, "scale": {"domain": [0, 1]}}
    return {"axis": {"labelExpr": "format(abs(datum.value), ',')", "tickMinStep": 1}}


def _colour(colours: Mapping[str, str]) -> Spec:
    legend = {"orient": "bottom", "title": None, "columns": 2, "labelLimit": 220}
    scale = {"domain": list(colours), "range": list(colours.values())}
    return {"field": "series", "type": "nominal", "legend": legend, "scale": scale}
