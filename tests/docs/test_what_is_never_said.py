"""What no text says, in no language: that a tyre may be driven on, is lawful, or how deep anything is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tyreloop.domain.damage import CERTAIN_FROM, TABLE, DamageKind, Urgency, advice_on, sources, urgency_of

ROOT = Path(__file__).parents[2]
NEVER = re.compile(
    r"\b(un)?safe(ly|ty)?\b|\b(il)?legal(ly)?\b|\blawful|\bmillimet|\d\s?mm\b"
    r"|안전|위험하지 않|합법|불법|법적|법규|밀리\s?미터",
    re.IGNORECASE,
)
FILES = sorted((*ROOT.glob("streamlit_ui/texts/*.toml"), *ROOT.glob("tyreloop/**/*_[ek][no].toml"), TABLE))
LANGUAGES = ("en", "ko")


def sentences(table: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from sentences(value, f"{at}{name}.")
        elif isinstance(value, str) and at != "sources.":
            yield at + name, value


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_text_says_what_a_photo_cannot_tell(file: Path) -> None:
    said = list(sentences(tomllib.loads(file.read_text("utf-8"))))
    assert said
    assert [line for line in said if NEVER.search(line[1])] == []


def test_each_kind_has_a_row_in_both_languages_with_its_urgency_and_its_sources() -> None:
    table = tomllib.loads(TABLE.read_text("utf-8"))
    assert set(table) - {"sources", "urgency", "damage"} == {kind.value for kind in DamageKind}
    for subject in (*Urgency, *DamageKind, None):
        told = [advice_on(subject, language) for language in LANGUAGES]
        assert all(advice.name and advice.sentence for advice in told)
    for kind in (*DamageKind, None):
        row = table[kind.value if kind else "damage"]
        assert row["sources"]
        assert set(row["sources"]) <= set(sources())
        assert list(Urgency).index(Urgency(row["certain"])) <= list(Urgency).index(Urgency(row["urgency"]))


def test_the_most_urgent_kind_decides() -> None:
    assert urgency_of([DamageKind.CRACK], 0.7) is Urgency.WATCH
    assert urgency_of([DamageKind.CRACK], CERTAIN_FROM) is Urgency.SOON
    assert urgency_of([DamageKind.CRACK, DamageKind.BULGE], 0.7) is Urgency.NOW
    assert urgency_of([], 0.7) is Urgency.SOON
