"""Made-up feedback for a demonstration: days and weeks as they are, a bad release, a rollback, a recovery.

Every row is marked, and left out of every chart unless somebody asks for it. The same hour is always made up
in the same way, so that a second run adds what is missing and nothing twice.
"""

from __future__ import annotations

import json
from bisect import bisect
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import exp
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from tyreloop.store.counts import roll_up
from tyreloop.store.demo import load_demo
from tyreloop.tasks.task import Details, Tools, task

HOUR = timedelta(hours=1)
PHOTO = sha256(b"the photo of all made-up predictions").hexdigest()
UTC_OF_SEOUL = 9
# How much goes on in each hour of a day in Seoul, and on each day of a week from Monday.
DAY = np.array([3, 2, 1, 1, 1, 2, 5, 9, 14, 18, 20, 19, 15, 17, 19, 18, 17, 18, 20, 18, 14, 10, 7, 5]) / 20
WEEK = np.array([1.0, 0.95, 0.95, 1.0, 1.1, 0.9, 0.6])
# Names, and the chance of each name or one before it.
ANSWERS = (["good", "defective", "unsure", "unusable"], [0.55, 0.83, 0.93, 1.0])
REASONS = ["not_a_tyre", "too_dark", "too_blurred", "too_small"]
SOURCES = (["ui", "api", "batch"], [0.75, 0.95, 1.0])
CHIPS = ["{}", "{}", "{unclear_answer}", "{wrong_place}", "{not_helpful}", "{too_slow}"]
LABELS = {"good": "defective", "defective": "good", "unsure": "good", "unusable": "defective"}
VOTED = 0.8  # of all predictions


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of the story: from when on, which version answers, and how many people dislike it."""

    begins: float  # as a share of the whole time
    version: int
    dislikes: float


STORY = (
    Chapter(0.0, 1, 0.22),
    Chapter(0.35, 2, 0.30),  # a release that looked fine
    Chapter(0.42, 2, 0.47),  # winter light: it was not
    Chapter(0.55, 1, 0.23),  # the rollback
    Chapter(0.68, 3, 0.12),  # the version that learned from it
    Chapter(0.85, 3, 0.28),  # a slow morning
    Chapter(0.86, 3, 0.11),
)
SLOW_CHAPTER = 5


@task("demo-feedback", days=30, rows=100_000)
def make_demo_feedback(tools: Tools, *, days: int, rows: int) -> Details:
    """Make up feedback for a demonstration, marked as such."""
    last = tools.clock().replace(minute=0, second=0, microsecond=0)
    hours = [last - HOUR * back for back in range(days * 24, 0, -1)]
    weights = np.array([_weight(hour) for hour in hours])
    counts = np.round(weights / weights.sum() * rows / VOTED).astype(int)
    tables = Tables()
    for number, (hour, count) in enumerate(zip(hours, counts, strict=True)):
        tables.add_hour(hour, int(count), place=number / len(hours))
    added = load_demo(
        tools.database,
        photo_id=PHOTO,
        predictions=tables.predictions,
        votes=tables.votes,
        corrections=tables.corrections,
    )
    roll_up(tools.database)
    return added


@dataclass(frozen=True, slots=True)
class Made:
    """One made-up prediction."""

    id: str
    answer: str
    at: datetime

    @property
    def visitor(self) -> str:
        return f"demo-{self.id[:12]}"


class Tables:
    """The rows as they are copied."""

    def __init__(self) -> None:
        self.predictions: list[tuple[Any, ...]] = []
        self.votes: list[tuple[Any, ...]] = []
        self.corrections: list[tuple[Any, ...]] = []

    def add_hour(self, hour: datetime, count: int, *, place: float) -> None:
        """Everything of one hour, at its place in the story."""
        chapter = max(number for number, chapter in enumerate(STORY) if chapter.begins <= place)
        random = np.random.default_rng(int(hour.timestamp()))
        for number, chances in enumerate(random.random((count, 8)).tolist()):
            self._add(hour, number, chances, STORY[chapter], is_slow=chapter == SLOW_CHAPTER)

    def _add(
        self, hour: datetime, number: int, chances: list[float], chapter: Chapter, *, is_slow: bool
    ) -> None:
        made = Made(
            id=uuid5(NAMESPACE_URL, f"tyreloop-demo/{hour.isoformat()}/{number}").hex,
            answer=_pick(ANSWERS, chances[0]),
            at=hour + HOUR * chances[2],
        )
        latency = round(exp(3.9 + 0.7 * (chances[3] - 0.5)) * (6 if is_slow else 1), 1)
        self.predictions.append(
            (
                made.id,
                PHOTO,
                made.visitor,
                "tyre-defect",
                chapter.version,
                made.answer,
                REASONS[int(chances[4] * 4)] if made.answer == "unusable" else None,
                _probabilities(made.answer, chances[5]),
                json.dumps({"forward": latency}),
                latency,
                _pick(SOURCES, chances[1]),
                "demo",
                "true",
                made.at.isoformat(),
            )
        )
        if chances[6] < VOTED:
            self._vote(made, chances, chapter.dislikes)

    def _vote(self, made: Made, chances: list[float], dislikes: float) -> None:
        liked = chances[7] >= dislikes * (1.4 if made.answer in {"unsure", "unusable"} else 0.9)
        said_at = (made.at + timedelta(seconds=5 + 40 * chances[4])).isoformat()
        chips = "{}" if liked else CHIPS[int(chances[3] * len(CHIPS))]
        self.votes.append((made.id, made.visitor, str(liked).lower(), chips, said_at))
        if not liked and chances[5] < 0.4:
            self.corrections.append((made.id, made.visitor, LABELS[made.answer], said_at))


def _weight(hour: datetime) -> float:
    in_seoul = hour + timedelta(hours=UTC_OF_SEOUL)
    return float(DAY[in_seoul.hour] * WEEK[in_seoul.weekday()])


def _pick(choice: tuple[list[str], list[float]], chance: float) -> str:
    names, up_to = choice
    return names[bisect(up_to, chance)]


def _probabilities(answer: str, chance: float) -> str:
    defective = {"good": 0.02 + 0.2 * chance, "defective": 0.78 + 0.2 * chance}.get(
        answer, 0.4 + 0.2 * chance
    )
    return json.dumps({"good": round(1 - defective, 4), "defective": round(defective, 4)})
