"""Draws one board with matplotlib, each panel in its place of the 24 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from tyreloop.boards.preview.answers import Answer
from tyreloop.boards.preview.words import colour_of, unit_of, written

Panel = Mapping[str, Any]
INK, PAPER, CARD = "#d8d9da", "#111217", "#181b1f"
COLOURS = {
    "green": "#73bf69",
    "red": "#f2495c",
    "orange": "#ff9830",
    "yellow": "#fade2a",
    "blue": "#5794f2",
    "text": "#9fa7b3",
}
CYCLE = ["#5794f2", "#b877d9", "#ff9830", "#73bf69", "#fade2a", "#8ab8ff", "#f2495c"]
INCHES_WIDE, INCHES_A_ROW = 18.0, 0.42
MOST_ROWS, MOST_COLUMNS = 9, 7


def draw_board(board: Mapping[str, Any], answers: Mapping[int, Answer], file: Path) -> None:
    """One picture of one board."""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    mpl.rcParams.update(
        {
            "text.color": INK,
            "axes.labelcolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "font.size": 8,
            "font.family": "sans-serif",
        }
    )
    figure = Figure(figsize=(INCHES_WIDE, rows * INCHES_A_ROW + 0.5), facecolor=PAPER)
    figure.text(0.012, 1 - 0.32 / figure.get_figheight(), board["title"], fontsize=13, weight="bold")
    for panel in board["panels"]:
        _draw_panel(figure, panel, answers[panel["id"]], rows)
    figure.savefig(file, dpi=80)


def _draw_panel(figure: Figure, panel: Panel, answer: Answer, rows: int) -> None:
    place = panel["gridPos"]
    tall = figure.get_figheight()
    unit = (tall - 0.5) / tall / rows
    left, width = place["x"] / 24, place["w"] / 24
    bottom = (rows - place["y"] - place["h"]) * unit
    gap_x, gap_y = 0.005, 0.06 / tall
    box = (left + gap_x, bottom + gap_y, width - 2 * gap_x, place["h"] * unit - 2 * gap_y)
    card = figure.add_axes(box, facecolor=CARD)
    _bare(card)
    title_x = 0.12 / (box[2] * figure.get_figwidth())
    card.text(title_x, 1 - 0.12 / (box[3] * tall), panel["title"], va="top", weight="bold", fontsize=9)
    inside = (box[0] + 0.028, box[1] + 0.3 / tall, box[2] - 0.045, box[3] - 0.85 / tall)
    draw = DRAWN[panel["type"]]
    if not answer.rows or all(value is None for row in answer.rows for value in row):
        card.text(0.5, 0.45, "No data", ha="center", color=COLOURS["text"])
    elif draw in (_stat, _table):
        draw(card, panel, answer)
    else:
        draw(figure.add_axes(inside, facecolor=CARD), panel, answer)


def _lines(axes: Axes, panel: Panel, answer: Answer) -> None:
    custom = panel["fieldConfig"]["defaults"]["custom"]
    stacked: dict[Any, float] = {}
    series = answer.series()
    width = _bar_days(sorted({at for times, _ in series.values() for at in times}))
    for number, (name, (times, values)) in enumerate(series.items()):
        colour = _colour(panel, name, number)
        if custom["drawStyle"] == "bars":
            base = [stacked.get(at, 0.0) for at in times]
            axes.bar(times, values, width, bottom=base, color=colour, label=name)  # type: ignore[arg-type]
            stacked.update({at: low + value for at, low, value in zip(times, base, values, strict=True)})
        elif _has(panel, name, "custom.axisPlacement"):
            beside = axes.twinx()
            beside.bar(times, values, width, color=colour, alpha=0.25)  # type: ignore[arg-type]
            beside.set_yticks([])
            _frame(beside)
        else:
            axes.plot(times, values, color=colour, linewidth=1.4, label=name)  # type: ignore[arg-type]
    if custom["thresholdsStyle"]["mode"] == "dashed":
        limit = panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"]
        axes.axhline(limit, color=COLOURS["red"], linestyle="--", linewidth=0.8)
    axes.set_xlim(answer.since, answer.until)  # type: ignore[arg-type]
    _finish(axes, panel)


def _bars(axes: Axes, panel: Panel, answer: Answer) -> None:
    names = [str(row[0]) for row in answer.rows]
    base = [0.0] * len(names)
    for place, column in enumerate(answer.columns[1:], start=1):
        if unit_of(panel, column) == "percentunit" or _has(panel, column, "custom.hideFrom"):
            continue
        values = [float(row[place] or 0) for row in answer.rows]
        axes.bar(names, values, bottom=base, color=_colour(panel, column, place), label=column)
        base = [low + value for low, value in zip(base, values, strict=True)]
    _finish(axes, panel)


def _pie(axes: Axes, panel: Panel, answer: Answer) -> None:
    values = [float(value or 0) for value in answer.rows[0]]
    labels = [
        f"{name}\n{written(value, 'short')}" for name, value in zip(answer.columns, values, strict=True)
    ]
    colours = [_colour(panel, name, number) for number, name in enumerate(answer.columns)]
    if sum(values):
        ring = {"width": 0.4}
        axes.pie(values, labels=labels, colors=colours, wedgeprops=ring, autopct="%.1f %%", pctdistance=0.8)
    _bare(axes)


def _states(axes: Axes, panel: Panel, answer: Answer) -> None:
    times = [row[0] for row in answer.rows]
    for number, row in enumerate(answer.rows):
        end = times[number + 1] if number + 1 < len(times) else datetime.now(UTC)
        length = (end - row[0]).total_seconds() / 86400
        axes.barh([0], [length], left=[row[0]], color=CYCLE[number % len(CYCLE)])
        axes.text(row[0], 0, f" {row[1]}", va="center", color=PAPER, weight="bold")
    axes.set_yticks([])
    axes.xaxis_date()
    _dates(axes)
    _frame(axes)


def _stat(card: Axes, panel: Panel, answer: Answer) -> None:
    wanted = panel["options"]["reduceOptions"]["fields"].strip("/^$")
    shown = [
        (name, value)
        for name, value in zip(answer.columns, answer.rows[0], strict=True)
        if (name == wanted if wanted else not isinstance(value, str))
    ]
    for number, (name, value) in enumerate(shown):
        x = (number + 0.5) / len(shown)
        colour = _step_colour(panel, value) if number == 0 else COLOURS["text"]
        card.text(x, 0.44, written(value, unit_of(panel, name)), ha="center", fontsize=15, color=colour)
        card.text(x, 0.22, name, ha="center", fontsize=7.5, color=COLOURS["text"])


def _table(card: Axes, panel: Panel, answer: Answer) -> None:
    columns = answer.columns[:MOST_COLUMNS]
    cells = [
        [
            "\n".join(textwrap.wrap(written(value, unit_of(panel, name)), 40)[:1])
            for name, value in zip(columns, row, strict=False)
        ]
        for row in answer.rows[:MOST_ROWS]
    ]
    height = min(0.76, 0.11 * (len(cells) + 1))
    box = Bbox.from_bounds(0.02, 0.82 - height, 0.96, height)
    table = card.table(cells, colLabels=list(columns), loc="center", cellLoc="left", bbox=box)
    table.auto_set_font_size(False)
    table.set_fontsize(7.5)
    for (row, _), cell in table.get_celld().items():
        cell.set(facecolor=CARD if row else PAPER, edgecolor="#2c3235")
        cell.get_text().set_color(INK)


def _colour(panel: Panel, column: str, number: int) -> str:
    fixed = colour_of(panel, column)
    return COLOURS.get(fixed, INK) if fixed else CYCLE[number % len(CYCLE)]


def _step_colour(panel: Panel, value: Any) -> str:
    colour = "text"
    for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]:
        if step["value"] is None or (isinstance(value, int | float) and value >= step["value"]):
            colour = step["color"]
    return INK if colour == "text" else COLOURS[colour]


def _has(panel: Panel, column: str, changed: str) -> bool:
    """Whether a column has a property of its own."""
    return any(
        override["matcher"]["options"] == column
        and any(found["id"] == changed for found in override["properties"])
        for override in panel["fieldConfig"]["overrides"]
    )


def _bar_days(times: list[Any]) -> float:
    steps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    return min((step for step in steps if step > 0), default=3600.0) / 86400 * 0.9


def _finish(axes: Axes, panel: Panel) -> None:
    unit = panel["fieldConfig"]["defaults"]["unit"]
    axes.yaxis.set_major_formatter(lambda value, _: written(value, unit))
    axes.tick_params(labelsize=7)
    axes.grid(axis="y", color="#2c3235", linewidth=0.5)
    axes.locator_params(axis="y", nbins=5)
    if panel["type"] == "timeseries":
        _dates(axes)
    _frame(axes)
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        axes.legend(
            handles,
            labels,
            fontsize=6.5,
            ncols=6,
            frameon=False,
            labelcolor=INK,
            loc="lower left",
            bbox_to_anchor=(0.0, 0.99),
            borderaxespad=0.0,
        )


def _dates(axes: Axes) -> None:
    axes.xaxis.set_major_locator(AutoDateLocator(maxticks=8))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(DateFormatter("%b %d"))  # type: ignore[no-untyped-call]


def _frame(axes: Axes) -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    _frame(axes)


DRAWN: Mapping[str, Callable[[Axes, Panel, Answer], None]] = {
    "stat": _stat,
    "table": _table,
    "timeseries": _lines,
    "barchart": _bars,
    "piechart": _pie,
    "state-timeline": _states,
}
