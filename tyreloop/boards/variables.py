"""What people choose at the top of a board: version, answer, moving window."""

from __future__ import annotations

from typing import Any

from tyreloop.boards import names
from tyreloop.questions import question

# "All" is this one quoted word: Grafana hands a custom all-value on as it is, and an empty database has no
# versions that a list could hold.
ALL_VALUE = "'all'"
ANSWERS = ("good", "defective", "unsure", "unusable")
WINDOWS = ("6h", "24h", "7d")


def board_variables() -> list[dict[str, Any]]:
    """The variables of every board, the same on each, so that links can carry them."""
    return [
        _from_database("model_version", "Version", "model_versions"),
        _choice("answer", "Answer", ANSWERS),
        _one_of("window", "Moving window", WINDOWS, chosen="24h"),
        _hidden("time_zone", "time_zone"),
    ]


def _many(name: str, label: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "multi": True,
        "includeAll": True,
        "allValue": ALL_VALUE,
        "current": {"text": ["All"], "value": ["$__all"]},
        "hide": 0,
    }


def _from_database(name: str, label: str, asked: str) -> dict[str, Any]:
    sql = question(asked).sql
    return {
        **_many(name, label),
        "type": "query",
        "datasource": names.DATASOURCE,
        "query": sql,
        "definition": sql,
        "refresh": 2,
        "sort": 0,
        "regex": "",
        "options": [],
    }


def _choice(name: str, label: str, values: tuple[str, ...]) -> dict[str, Any]:
    return {
        **_many(name, label),
        "type": "custom",
        "query": ",".join(values),
        "options": [{"text": value, "value": value, "selected": False} for value in values],
    }


def _one_of(name: str, label: str, values: tuple[str, ...], *, chosen: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "type": "custom",
        "multi": False,
        "includeAll": False,
        "query": ",".join(values),
        "options": [{"text": value, "value": value, "selected": value == chosen} for value in values],
        "current": {"text": chosen, "value": chosen},
        "hide": 0,
    }


def _hidden(name: str, asked: str) -> dict[str, Any]:
    sql = question(asked).sql
    return {
        "name": name,
        "type": "query",
        "datasource": names.DATASOURCE,
        "query": sql,
        "definition": sql,
        "refresh": 1,
        "sort": 0,
        "regex": "",
        "multi": False,
        "includeAll": False,
        "options": [],
        "current": {},
        "hide": 2,
    }
