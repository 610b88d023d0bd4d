"""A board's variables inside a question, replaced as Grafana's browser part does it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Value = str | Sequence[str]
NAME = re.compile(r"\$(?:\{(\w+)\}|([a-z]\w*))(?!\()")
# "All" is one word of its own, not the list of all values: on an empty database that list is empty,
# and `IN ()` is no SQL. Questions ask `'all' IN ($model_version) OR ...`.
ALL = "all"


class UnknownVariable(ValueError):
    """The question names a variable that nobody gave a value."""


def replace(sql: str, values: Mapping[str, Value]) -> str:
    """Lists come quoted and joined by commas; a single word comes as it is, with its quotes doubled."""

    def one(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in values:
            raise UnknownVariable(f"${name} has no value")
        return written(values[name])

    return NAME.sub(one, sql)


def written(value: Value) -> str:
    """One value as it stands in the SQL."""
    if isinstance(value, str):
        return value.replace("'", "''")
    return ",".join("'" + each.replace("'", "''") + "'" for each in value)


def chosen(values: Sequence[object] | None) -> Sequence[str]:
    """What somebody picked, or the word for everything."""
    return [str(value) for value in values] if values else [ALL]
