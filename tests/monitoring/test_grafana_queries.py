"""Every query of the files runs as Grafana sends it, and gives the shape that its panel or rule needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tests.monitoring.test_grafana_files import BOARDS, COMMITTED
from tyreloop.monitoring.boards import ALL_VALUE, COUNTS
from tyreloop.monitoring.rules import rules
from tyreloop.settings import Settings

DEFAULTS = Settings.model_construct()
NUMBERS = {20, 21, 23, 700, 701, 1700}
TIMES = {1082, 1114, 1184}
TEXTS = {25, 1043, 19, 705}
DAY = timedelta(days=1)
Span = tuple[datetime, datetime, str]
# Variables as the browser puts them: "All" is the custom word, a choice is quoted and joined.
CHOICES: tuple[Mapping[str, str], ...] = (
    {"$model_version": ALL_VALUE, "$answer": ALL_VALUE, "$window": "24h", "$time_zone": "Asia/Seoul"},
    {"$model_version": "'1','2'", "$answer": "'good'", "$window": "6h", "$time_zone": "Europe/Berlin"},
    {"$model_version": "'it''s'", "$answer": "'unsure','good'", "$window": "7d", "$time_zone": "UTC"},
)


def sent(sql: str, span: Span, choice: Mapping[str, str] | None = None) -> str:
    """The SQL that reaches Postgres: Grafana writes moments as UTC texts."""
    since, until, step = span
    for name, value in (choice or {}).items():
        sql = sql.replace(name, value)
    sql = sql.replace("$__timeFrom()", f"'{since:%Y-%m-%dT%H:%M:%S.%fZ}'")
    sql = sql.replace("$__timeTo()", f"'{until:%Y-%m-%dT%H:%M:%S.%fZ}'").replace("$__interval", step)
    assert "$" not in sql
    return sql


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
        (now - 14 * DAY, now, "1h"),
        (now - timedelta(minutes=5), now, "1m"),
        (in_spring - DAY, in_spring + DAY, "1h"),
        (now - 90 * DAY, now, "2d"),
        (now, now, "1m"),
    ]


@pytest.fixture(params=["empty", "small"])
def filled_reader(request: pytest.FixtureRequest, reader: Connection) -> Connection:
    if request.param == "small":
        request.getfixturevalue("small_history")
    return reader


def queries_of(part: Any) -> Iterator[str]:
    """Every SQL in a board, wherever it stands: panels, marks, variables."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in ("rawSql", "query") and isinstance(value, str) and value.startswith("SELECT"):
                yield value
            yield from queries_of(value)
    elif isinstance(part, list):
        for inner in part:
            yield from queries_of(inner)


@pytest.mark.parametrize("board", BOARDS)
def test_every_query_of_a_board_runs_with_any_choice_and_range(filled_reader: Connection, board: str) -> None:
    found = list(queries_of(BOARDS[board]))
    assert len(found) == len(BOARDS[board]["panels"]) + 3  # the marks of releases and two variables
    for sql in found:
        for span in spans():
            for choice in CHOICES:
                run(filled_reader, sent(sql, span, choice))


@pytest.mark.parametrize("board", BOARDS)
def test_series_have_a_sorted_time_and_numbers(filled_reader: Connection, board: str) -> None:
    for panel in BOARDS[board]["panels"]:
        target = panel["targets"][0]
        columns, rows = run(filled_reader, sent(target["rawSql"], spans()[0], CHOICES[0]))
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
    for board in BOARDS.values():
        for panel in board["panels"]:
            _, rows = run(reader, sent(panel["targets"][0]["rawSql"], spans()[0], CHOICES[0]))
            if not any(value is not None for row in rows for value in row):
                silent.add(panel["title"])
    assert silent <= {"Share of dislikes per version"}  # too few votes in any hour


def rule_queries() -> list[tuple[str, str, int]]:
    document = yaml.safe_load(COMMITTED[Path("provisioning/alerting/40-rules.yaml")])
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
        columns, rows = run(filled_reader, sent(sql, (now - timedelta(seconds=seconds), now, "1m")))
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
        _, rows = run(reader, sent(sql, (now - timedelta(seconds=seconds), now, "1m")))
        if ref == "A":
            assert not any(by_name[title].is_bad(float(row[-1]), firing=False) for row in rows)
            assert rows or not by_name[title].silence_is_bad, "no row would page here"


def test_the_reader_can_read_nothing_else(reader: Connection) -> None:
    for table in ("votes", "predictions", "users"):
        with pytest.raises(Exception, match="permission denied"):
            run(reader, f"TABLE public.{table}")


COUNTED = re.compile(r"\(\d+ (votes|requests)\)")


@pytest.mark.usefixtures("small_history")
@pytest.mark.parametrize("board", BOARDS)
def test_every_ratio_shows_what_it_rests_on(reader: Connection, board: str) -> None:
    for panel in BOARDS[board]["panels"]:
        settings = panel["fieldConfig"]
        own = [part for column in settings["overrides"] for part in column["properties"]]
        units = {settings["defaults"]["unit"], *(part["value"] for part in own if part["id"] == "unit")}
        if "percentunit" not in units or panel["title"] == "Jobs":
            continue  # of a job, the share is of its time
        columns, rows = run(reader, sent(panel["targets"][0]["rawSql"], spans()[0], CHOICES[0]))
        names = {name for name, _ in columns}
        series = {row[1] for row in rows if isinstance(row[1], str)}
        assert names & set(COUNTS) or all(map(COUNTED.search, series)), panel["title"]
