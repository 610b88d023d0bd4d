"""Reads the questions: `-- name: x`, a line of purpose, and the SQL with Grafana's macros and variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
HEADING = re.compile(r"^-- name: (\w+)\n-- (.+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Question:
    """One query, as boards, pages and alerts share it."""

    name: str
    purpose: str
    sql: str

    @property
    def one_line(self) -> str:
        """The SQL without line breaks; the questions hold no comments below their heading."""
        return " ".join(self.sql.split())


class UnknownQuestion(LookupError):
    """No file holds a question of this name."""


def question(name: str) -> Question:
    """One question by its name."""
    try:
        return questions()[name]
    except KeyError:
        raise UnknownQuestion(f"There is no question named {name}.") from None


@cache
def questions() -> Mapping[str, Question]:
    """Every question by its name; a name stands in one file only."""
    found: dict[str, Question] = {}
    for file in sorted(FOLDER.glob("*.sql")):
        for asked in parse(file.read_text(encoding="utf-8")):
            if asked.name in found:
                raise ValueError(f"{file.name}: {asked.name} is asked twice")
            found[asked.name] = asked
    return found


def parse(text: str) -> Iterator[Question]:
    """The questions of one file, in their order."""
    headings = list(HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends, strict=True):
        sql = text[heading.end() : end].strip().removesuffix(";")
        yield Question(heading[1], heading[2], sql)
