"""Boards: schema v1, unique panels inside 24 columns, SQL whose macros Grafana knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

from tyreloop.boards.lint.files import UID, Complaints, Document, Files
from tyreloop.questions.macros import Span, expand

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANY_SPAN = Span(NOW - timedelta(days=1), NOW)
BARE_VARIABLE = re.compile(r"\$(?!__)\{?([a-z]\w*)")


def about_boards(files: Files, sources: set[str]) -> Complaints:
    """Every board."""
    uids = [board.get("uid") for board in files.boards.values()]
    if len(set(uids)) != len(uids):
        yield "two boards have the same uid"
    for file, board in files.boards.items():
        yield from (f"{file}: {complaint}" for complaint in _about_board(board, sources))


def panels_of(files: Files) -> set[tuple[str, int]]:
    """Which panels there are, for the rules that link to them."""
    return {
        (board.get("uid", ""), panel.get("id", 0))
        for board in files.boards.values()
        for panel in board.get("panels", [])
    }


def queries_of(board: Document) -> Iterator[tuple[str, str]]:
    """Each query of a board, with the place it stands in."""
    for panel in board.get("panels", []):
        for target in panel.get("targets", []):
            yield f"panel {panel.get('id')}", target.get("rawSql", "")
    for variable in board.get("templating", {}).get("list", []):
        if variable.get("type") == "query":
            yield f"variable {variable['name']}", variable["query"]
    for mark in board.get("annotations", {}).get("list", []):
        if "rawSql" in mark.get("target", {}):
            yield f"annotation {mark['name']}", mark["target"]["rawSql"]


def _about_board(board: Document, sources: set[str]) -> Complaints:
    if {"elements", "spec", "kind"} & board.keys():
        yield "dashboard appears to be in v2 format. Please use the /apis/dashboard.grafana.app/v2 API"
        return
    yield from _about_head(board)
    yield from _about_places(board)
    yield from _about_queries(board)
    for panel in board.get("panels", []):
        if panel.get("datasource", {}).get("uid") not in sources:
            yield f"panel {panel.get('id')}: its data source does not exist"
        if not panel.get("description"):
            yield f"panel {panel.get('id')}: nothing says what it means"


def _about_head(board: Document) -> Complaints:
    for key in ("panels", "schemaVersion", "title"):
        if not board.get(key):
            yield f"{key} is missing"
    if not UID.fullmatch(str(board.get("uid", ""))):
        yield "uid contains illegal characters or is too long"
    if board.get("id") is not None:
        yield "a board from a file has no id"


def _about_queries(board: Document) -> Complaints:
    known = {variable["name"] for variable in board.get("templating", {}).get("list", [])}
    for place, sql in queries_of(board):
        yield from (f"{place}: {complaint}" for complaint in _about_sql(sql, known))


def _about_places(board: Document) -> Complaints:
    panels = board.get("panels", [])
    if len({panel.get("id") for panel in panels}) != len(panels):
        yield "two panels have the same id"
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            yield f"panel {panel.get('id')}: reaches beyond the 24 columns"
    for one, other in combinations(panels, 2):
        if _overlap(one["gridPos"], other["gridPos"]):
            yield f"panels {one.get('id')} and {other.get('id')} overlap"


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not (beside or below)


def _about_sql(sql: str, known: set[str]) -> Complaints:
    if "--" in sql:
        yield "`--` in SQL: older Grafanas cut the query there"
    if re.search(r"GROUP BY(?:(?!UNION)[^()])*\$__timeGroup", sql):
        yield "GROUP BY $__timeGroup: group by the column's number"
    for name in BARE_VARIABLE.findall(sql):
        if name not in known:
            yield f"${name} is no variable of this board"
    try:
        expand(sql, ANY_SPAN)
    except ValueError as error:
        yield str(error)
