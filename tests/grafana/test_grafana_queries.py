"""Every query of the files runs as Grafana sends it, and gives the shape that its panel or rule needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.alerts.catalogue import rules
from tyreloop.alerts.links import Links
from tyreloop.alerts.texts import texts
from tyreloop.boards.board import Board, board_json
from tyreloop.boards.boards import BOARDS
from tyreloop.boards.drawing import COUNTS
from tyreloop.boards.lint.boards import queries_of
from tyreloop.boards.panel import Unit
from tyreloop.boards.provisioning import as_yaml
from tyreloop.boards.rules_file import rules_file
from tyreloop.boards.variables import ALL_VALUE
from tyreloop.questions import question
from tyreloop.questions.macros import Span, expand
from tyreloop.settings import Settings

DEFAULTS = Settings.model_construct()
NUMBERS = {20, 21, 23, 700, 701, 1700}
TIMES = {1082, 1114, 1184}
TEXTS = {25, 1043, 19, 705}
DAY = timedelta(days=1)
# Variables as the browser puts them: "All" is the custom word, a choice is quoted and joined.
CHOICES: tuple[Mapping[str, str], ...] = (
    {"$model_version": ALL_VALUE, "$answer": ALL_VALUE, "$window": "24h", "$time_zone": "Asia/Seoul"},
    {"$model_version": "'1','2'", "$answer": "'good'", "$window": "6h", "$time_zone": "Europe/Berlin"},
    {"$model_version": "'it''s'", "$answer": "'unsure','good'", "$window": "7d", "$time_zone": "UTC"},
)


def sent(sql: str, choice: Mapping[str, str], span: Span) -> str:
    for name, value in choice.items():
        sql = sql.replace(name, value)
    return expand(sql, span)


def run(reader: Connection, sql: str) -> tuple[list[tuple[str, int]], list[tuple[Any, ...]]]:
    """Names and kinds of the columns, and the rows."""
    with reader.cursor() as cursor:
        cursor.execute(sql)
        columns = [(column.name, column.type_code) for column in cursor.description or ()]
        return columns, cursor.fetchall()


def spans() -> list[Span]:
    now = datetime.now(UTC)
    in_spring = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # Europe's clocks jump
    return [
        Span(now - 14 * DAY, now, 3600),
        Span(now - timedelta(minutes=5), now, 60),
        Span(in_spring - DAY, in_spring + DAY, 3600),
        Span(now, now, 60),
    ]


@pytest.fixture(params=["empty", "small"])
def filled_reader(request: pytest.FixtureRequest, reader: Connection) -> Connection:
    if request.param == "small":
        request.getfixturevalue("small_history")
    return reader


@pytest.mark.parametrize("board", BOARDS, ids=[board.name for board in BOARDS])
def test_every_query_of_a_board_runs_with_any_choice_and_range(
    filled_reader: Connection, board: Board
) -> None:
    for _, sql in queries_of(board_json(board)):
        for span in spans():
            for choice in CHOICES:
                run(filled_reader, sent(sql, choice, span))


@pytest.mark.parametrize("board", BOARDS, ids=[board.name for board in BOARDS])
def test_series_have_a_sorted_time_and_numbers(filled_reader: Connection, board: Board) -> None:
    for panel in board_json(board)["panels"]:
        target = panel["targets"][0]
        columns, rows = run(filled_reader, sent(target["rawSql"], CHOICES[0], spans()[0]))
        if target["format"] == "time_series":
            assert columns[0][0] == "time", panel["title"]
            moments = [row[0] for row in rows]
            assert moments == sorted(moments)
            assert None not in moments
            assert {kind for _, kind in columns[1:]} <= NUMBERS | TEXTS
        else:
            assert {kind for _, kind in columns} <= NUMBERS | TEXTS | TIMES, panel["title"]


@pytest.mark.usefixtures("small_history")
def test_every_panel_shows_something_in_a_small_history(reader: Connection) -> None:
    silent = set()
    for board in BOARDS:
        for panel in board_json(board)["panels"]:
            _, rows = run(reader, sent(panel["targets"][0]["rawSql"], CHOICES[0], spans()[0]))
            if not any(value is not None for row in rows for value in row):
                silent.add(panel["title"])
    assert silent <= {"Share of dislikes per version"}  # too few votes in any hour


def rule_queries() -> list[tuple[str, str, int]]:
    document = yaml.safe_load(as_yaml(rules_file(rules(DEFAULTS), texts("en"), Links.of(DEFAULTS))))
    return [
        (f"{rule['title']} {query['refId']}", query["model"]["rawSql"], query["relativeTimeRange"]["from"])
        for group in document["groups"]
        for rule in group["rules"]
        for query in rule["data"]
        if "rawSql" in query["model"]
    ]


def test_a_rule_gets_one_number_per_row_and_text_that_tells_rows_apart(filled_reader: Connection) -> None:
    now = datetime.now(UTC)
    for name, sql, seconds in rule_queries():
        columns, rows = run(filled_reader, expand(sql, Span(now - timedelta(seconds=seconds), now)))
        kinds = [kind for _, kind in columns]
        assert sum(kind in NUMBERS for kind in kinds) == 1, name
        assert set(kinds) <= NUMBERS | TEXTS, name
        labels = [place for place, kind in enumerate(kinds) if kind in TEXTS]
        texts_of_rows = [tuple(row[place] for place in labels) for row in rows]
        assert len(set(texts_of_rows)) == len(rows), name
        assert all(value is not None for row in rows for value in row), name


def test_no_rule_is_bad_on_an_empty_database(reader: Connection) -> None:
    now = datetime.now(UTC)
    by_name = {rule.name: rule for rule in rules(DEFAULTS)}
    for name, sql, seconds in rule_queries():
        title, ref = name.split()
        _, rows = run(reader, expand(sql, Span(now - timedelta(seconds=seconds), now)))
        if ref == "A":
            assert not any(by_name[title].is_bad(float(row[-1]), firing=False) for row in rows)
            assert rows or not by_name[title].silence_is_bad, "no row would page here"


def test_the_reader_can_read_nothing_else(reader: Connection) -> None:
    for table in ("votes", "predictions", "users"):
        with pytest.raises(Exception, match="permission denied"):
            run(reader, f"TABLE public.{table}")


COUNTED = re.compile(r"\(\d+ (votes|requests)\)")


@pytest.mark.usefixtures("small_history")
@pytest.mark.parametrize("board", BOARDS, ids=[board.name for board in BOARDS])
def test_every_ratio_shows_what_it_rests_on(reader: Connection, board: Board) -> None:
    for panel in board.panels:
        if Unit.SHARE not in (panel.unit, *panel.units.values()) or panel.question == "jobs":
            continue  # of a job, the share is of its time
        columns, rows = run(reader, sent(question(panel.question).sql, CHOICES[0], spans()[0]))
        names = {name for name, _ in columns}
        series = {row[1] for row in rows if isinstance(row[1], str)}
        assert names & set(COUNTS) or all(map(COUNTED.search, series)), panel.title
