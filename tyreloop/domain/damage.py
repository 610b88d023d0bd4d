"""Kinds of damage: which ones a model may name, how urgent each is, and what people are told about it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from tyreloop.domain.errors import InvalidRequest

CERTAIN_FROM = 0.9  # probability of a damage
TABLE = Path(__file__).with_name("damage.toml")


class DamageKind(StrEnum):
    """A kind of damage with a name of its own; every other one is damage, and no more is said."""

    CRACK = "crack"
    BULGE = "bulge"
    CUT = "cut"
    WORN = "worn"
    NAIL = "nail"
    CORDS = "cords"
    FLAT = "flat"


class Urgency(StrEnum):
    """What to do about a damage, the most urgent first."""

    NOW = "now"
    SOON = "soon"
    WATCH = "watch"


Point = tuple[float, float]
"""Shares of a photo's width and height."""
Outline = tuple[tuple[Point, ...], ...]
"""Closed lines around the places where the damage is seen; the last point is joined to the first."""


@dataclass(frozen=True, slots=True)
class SeenKind:
    """What a model says about one kind of damage that it may speak of."""

    kind: DamageKind
    probability: float
    is_sure: bool  # else the model is not sure whether it is there; it never says that it is not


@dataclass(frozen=True, slots=True)
class Advice:
    """A row of the reviewed table in one language."""

    name: str
    sentence: str  # of a kind: what it means, and what usually causes it; of an urgency: what to do


def urgency_of(kinds: Iterable[DamageKind], probability: float) -> Urgency:
    """The most urgent of the kinds; without one, that of a damage that has no name."""
    column = "certain" if probability >= CERTAIN_FROM else "urgency"
    rows = [kind.value for kind in kinds] or ["damage"]
    said = {Urgency(_table()[row][column]) for row in rows}
    return next(urgency for urgency in Urgency if urgency in said)


def advice_on(subject: DamageKind | Urgency | None, language: str) -> Advice:
    """What people are told about a kind or an urgency; without one, about a damage that has no name."""
    rows = _table()["urgency"] if isinstance(subject, Urgency) else _table()
    return Advice(**rows[subject.value if subject else "damage"][language])


def outline_in(lines: Iterable[Iterable[Iterable[float]]]) -> Outline:
    """From JSON, which knows lists only."""
    return tuple(tuple((x, y) for x, y in line) for line in lines)


def sources() -> Mapping[str, str]:
    """Whose guidance for drivers the table rests on, by short name."""
    return dict(_table()["sources"])


def in_order(kinds: Iterable[str]) -> tuple[DamageKind, ...]:
    """Each once, as the product lists them: what is told twice reads the same."""
    given = set(map(DamageKind, kinds))
    return tuple(kind for kind in DamageKind if kind in given)


def require_damage(kinds: Sequence[DamageKind], *, is_damaged: bool) -> None:
    """Only a damage has a kind."""
    if kinds and not is_damaged:
        raise InvalidRequest("Kinds are named of a damage only: leave them out, or say `defective`.")


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(TABLE.read_text("utf-8"))
