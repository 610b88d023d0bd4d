"""What alerts say, in each language: the words, and a title and a summary per rule."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "ko")


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule's name for people, and one sentence with `{value}`, `{n}`, `{limit}` and its labels."""

    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Texts:
    """One language."""

    words: Mapping[str, str]
    severities: Mapping[str, str]
    rules: Mapping[str, RuleText]


@cache
def texts(language: str) -> Texts:
    """The texts of one language."""
    file = Path(__file__).parent / f"{language}.toml"
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    rules = {name: RuleText(**text) for name, text in read["rules"].items()}
    return Texts(read["words"], read["severities"], rules)
