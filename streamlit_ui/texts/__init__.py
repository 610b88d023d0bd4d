"""Every word a visitor reads, in each language, from one file each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any


class Language(StrEnum):
    """A language that the pages speak."""

    ENGLISH = "en"
    KOREAN = "ko"

    @property
    def own_name(self) -> str:
        return {"en": "English", "ko": "한국어"}[self.value]

    @property
    def other(self) -> Language:
        return Language.KOREAN if self is Language.ENGLISH else Language.ENGLISH


class Texts:
    """The sentences of one language: `say("inspect.title")`, with values where a sentence has gaps."""

    def __init__(self, language: Language, sentences: Mapping[str, str]) -> None:
        self.language = language
        self._sentences = sentences

    def __call__(self, key: str, /, **values: object) -> str:
        return self._sentences[key].format(**values) if values else self._sentences[key]

    def __contains__(self, key: str) -> bool:
        return key in self._sentences

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._sentences)


@cache
def texts_in(language: Language) -> Texts:
    """The texts of a language, read once."""
    files = (Path(__file__).with_name(f"{name}{language}.toml") for name in ("", "staff_"))
    tables = (_flat(tomllib.loads(file.read_text("utf-8"))) for file in files)
    return Texts(language, {key: sentence for table in tables for key, sentence in table.items()})


@cache
def details_in(language: Language) -> Mapping[str, str]:
    """The house's own sentences about refusals, from English into another language."""
    file = Path(__file__).with_name(f"details_{language}.toml")
    return dict(tomllib.loads(file.read_text("utf-8"))) if file.is_file() else {}


def _flat(tables: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in tables.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat
