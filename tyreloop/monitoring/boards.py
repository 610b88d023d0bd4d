"""Makes Grafana's boards of boards.toml, with Grafana's own builders, which the extra `dev` brings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from grafana_foundation_sdk.builders import (
    barchart,
    common,
    dashboard,
    piechart,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as drawn
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.piechart import PieChartLabels, PieChartLegendValues, PieChartType

from tyreloop.monitoring import grafana_files as files
from tyreloop.monitoring.charts import call

DATABASE = drawn.DataSourceRef(files.DATASOURCE["type"], files.DATASOURCE["uid"])
ITSELF = drawn.DataSourceRef("grafana", "-- Grafana --")
# What Grafana and the browser put into a chart's call. "All" is one quoted word: see charts.ALL.
VALUES = {
    "since": "$__timeFrom()",
    "until": "$__timeTo()",
    "versions": "ARRAY[$model_version]",
    "answers": "ARRAY[$answer]",
    "step": "'$__interval'",
    "zone": "'$time_zone'",
    "moving": "'$window'",
}
ALL_VALUE = "'all'"
ANSWERS, WINDOWS = "good,defective,unsure,unusable", ("6h", "24h", "7d")
# A colour means the same thing on every board.
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
GAP_MS = 10_800_000  # an hour without votes is no gap in a line, a day is
Panel = Mapping[str, Any]


class Query(Dataquery, Builder[Dataquery]):
    """One call of a chart; Grafana's builders have none for PostgreSQL."""

    def __init__(self, chart: str, form: str = "table", ref: str = "A") -> None:
        self.chart, self.form, self.ref = chart, form, ref

    def build(self) -> Dataquery:
        return self

    def to_json(self) -> Mapping[str, Any]:
        return files.query(self.ref, call(self.chart, VALUES), self.form)


def board_files() -> Iterator[tuple[str, str]]:
    """Each board's file name and text."""
    for name in files.boards():
        board = json.dumps(board_of(name), cls=JSONEncoder, indent=2, ensure_ascii=False, sort_keys=True)
        yield f"{name}.json", board + "\n"


def board_of(name: str) -> model.Dashboard:
    """One board, in schema v1: file provisioning refuses v2."""
    written = files.boards()[name]
    board = (
        dashboard.Dashboard(written["title"])
        .uid(files.board_uid(name))
        .description(written["answers"])
        .tags([files.TAG])
        .version(1)
        .readonly()
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .timezone("")  # what Grafana is set to: the installation's zone
        .week_start("monday")
        .time("now-7d", "now")
        .refresh("1m")
        .links([_link_to_neighbours()])
        .variables(list(_variables()))
        .annotations(list(_annotations()))
    )
    for panel in written["panels"]:
        board.with_panel(_panel(panel))
    built = board.build()
    # The builders would put them into a menu that people have to open.
    for link in built.links or []:
        link.placement = None  # type: ignore[assignment]
    for marks in built.annotations.list_val or []:
        marks.placement = None  # type: ignore[assignment]
    return built


def _panel(panel: Panel) -> Builder[model.Panel]:
    width, height = panel["size"]
    form = "time_series" if panel["kind"] == "timeseries" else "table"
    drawing = KINDS[panel["kind"]](panel)
    drawing.id(panel["id"]).title(panel["title"]).description(files.meaning_of(panel["chart"]))
    drawing.datasource(DATABASE).with_target(Query(panel["chart"], form)).interval(panel.get("step", "1h"))
    drawing.span(width).height(height).unit(panel.get("unit", "short")).thresholds(_thresholds(panel))
    mode = model.FieldColorModeId
    by = mode.THRESHOLDS if panel["kind"] == "stat" else mode.PALETTE_CLASSIC
    drawing.color_scheme(dashboard.FieldColor().mode(by))
    if panel.get("unit") == "percentunit":
        drawing.min(0).max(1)
    for column, properties in _overrides(panel):
        drawing.override_by_name(column, properties)
    return drawing  # type: ignore[no-any-return]


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    """Colours from 0 on: what has no value has no colour, for no data is neither good nor bad."""
    colours, borders = panel.get("steps", [])[::2], [0, *panel.get("steps", [])[1::2]]
    steps = [model.Threshold(None, "text")]
    if panel.get("limit"):  # a line at 0 would be drawn too
        steps, colours, borders = [model.Threshold(None, colours[0])], colours[1:], borders[1:]
    steps += [model.Threshold(value, colour) for value, colour in zip(borders, colours, strict=False)]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


def _stat(panel: Panel) -> stat.Panel:
    return (
        stat.Panel()
        .reduce_options(_last_value(panel.get("text")))
        .color_mode(drawn.BigValueColorMode.VALUE)
        .graph_mode(drawn.BigValueGraphMode.NONE)
        .text_mode(drawn.BigValueTextMode.VALUE_AND_NAME)
    )


def _lines(panel: Panel) -> timeseries.Panel:
    is_bars = panel.get("bars", False)
    stacking = drawn.StackingMode.NORMAL if panel.get("stacked") else drawn.StackingMode.NONE
    limits = drawn.GraphThresholdsStyleMode
    limit = limits.DASHED if panel.get("limit") else limits.OFF
    return (
        timeseries.Panel()
        .draw_style(drawn.GraphDrawStyle.BARS if is_bars else drawn.GraphDrawStyle.LINE)
        .bar_alignment(drawn.BarAlignment.AFTER)  # a bar covers the time that it counts
        .fill_opacity(70 if is_bars else 8)
        .line_width(1 if is_bars else 2)
        .show_points(drawn.VisibilityMode.AUTO)
        .span_nulls(GAP_MS)
        .stacking(common.StackingConfig().mode(stacking).group("A"))
        .thresholds_style(common.GraphThresholdsStyleConfig().mode(limit))
        .legend(_legend())
        .tooltip(_tooltip().sort(drawn.SortOrder.DESCENDING))
    )


def _bars(panel: Panel) -> barchart.Panel:
    return (
        barchart.Panel()
        .stacking(drawn.StackingMode.NORMAL if panel.get("stacked") else drawn.StackingMode.NONE)
        .show_value(drawn.VisibilityMode.NEVER)
        .fill_opacity(80)
        .line_width(0)
        .legend(_legend())
        .tooltip(_tooltip())
    )


def _pie(_: Panel) -> piechart.Panel:
    legend = piechart.PieChartLegendOptions().values([PieChartLegendValues.VALUE]).show_legend(True)
    return (
        piechart.Panel()
        .reduce_options(_last_value(None))
        .pie_type(PieChartType.DONUT)
        .display_labels([PieChartLabels.PERCENT])
        .legend(legend.display_mode(drawn.LegendDisplayMode.LIST).placement(drawn.LegendPlacement.BOTTOM))
    )


KINDS: Mapping[str, Callable[[Panel], Any]] = {
    "stat": _stat,
    "timeseries": _lines,
    "barchart": _bars,
    "piechart": _pie,
    "table": lambda _: table.Panel().cell_height(drawn.TableCellHeight.SM),
    "state-timeline": lambda _: statetimeline.Panel().merge_values(True).row_height(0.8),
}


def _last_value(column: str | None) -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).fields(f"/^{column}$/" if column else "")


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(True).display_mode(drawn.LegendDisplayMode.LIST)
    return legend.placement(drawn.LegendPlacement.BOTTOM)


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(drawn.TooltipDisplayMode.MULTI)


def _overrides(panel: Panel) -> Iterator[tuple[str, list[model.DynamicConfigValue]]]:
    """What single columns have of their own: units, colours, a faint axis, or a place in the tooltip only."""
    counts = dict.fromkeys(COUNTS, "short") if "unit" in panel else {}
    for column, unit in {**counts, **panel.get("units", {})}.items():
        plain = {"mode": "absolute", "steps": [{"color": "text", "value": None}]}
        yield column, _properties(unit=unit, min=0, max=None, thresholds=plain)
    if panel["kind"] not in ("stat", "table", "state-timeline"):
        for column, colour in COLOURS.items():
            yield column, _properties(color={"mode": "fixed", "fixedColor": colour})
    for column in panel.get("right", []):
        faint = {"axisPlacement": "right", "drawStyle": "bars", "fillOpacity": 15, "lineWidth": 0}
        custom = {f"custom.{name}": value for name, value in faint.items()}
        yield column, _properties(**custom, color={"mode": "fixed", "fixedColor": "text"})
    for column in panel.get("tooltip_only", []):
        yield column, _properties(**{"custom.hideFrom": {"viz": True, "legend": True, "tooltip": False}})


def _properties(**values: object) -> list[model.DynamicConfigValue]:
    return [model.DynamicConfigValue(name, value) for name, value in values.items()]


def _variables() -> Iterator[Builder[model.VariableModel]]:
    """What people choose at the top; the same on each board, so that links can carry it."""
    everything = model.VariableOption(text=["All"], value=["$__all"])
    yield (
        _from_database("model_version", "model_versions")
        .label("Version")
        .multi(True)
        .include_all(True)
        .all_value(ALL_VALUE)
        .current(everything)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
    )
    answer = dashboard.CustomVariable("answer").label("Answer").values(ANSWERS).multi(True)
    yield answer.include_all(True).all_value(ALL_VALUE).current(everything)
    window = dashboard.CustomVariable("window").label("Moving window").values(",".join(WINDOWS))
    yield window.current(model.VariableOption(text="24h", value="24h"))
    zone = _from_database("time_zone", "time_zone").hide(model.VariableHide.HIDE_VARIABLE)
    yield zone.refresh(model.VariableRefresh.ON_DASHBOARD_LOAD)


def _from_database(name: str, chart: str) -> dashboard.QueryVariable:
    return dashboard.QueryVariable(name).datasource(DATABASE).query(call(chart, {}))


def _annotations() -> Iterator[dashboard.AnnotationQuery]:
    releases = dashboard.AnnotationQuery().name("Releases").datasource(DATABASE).enable(True)
    yield releases.icon_color("purple").target(Query("releases", ref="Releases"))
    notes = dashboard.AnnotationTarget().type("tags").tags([files.TAG]).match_any(True).limit(100)
    yield (
        dashboard.AnnotationQuery()
        .name("Notes")
        .datasource(ITSELF)
        .enable(True)
        .icon_color("blue")
        .target(notes)  # type: ignore[arg-type]
    )


def _link_to_neighbours() -> dashboard.DashboardLink:
    """A menu of all our boards that keeps the time and the variables."""
    link = dashboard.DashboardLink("Tyreloop").type(model.DashboardLinkType.DASHBOARDS).tags([files.TAG])
    return link.include_vars(True).keep_time(True)
