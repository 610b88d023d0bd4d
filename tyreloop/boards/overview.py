"""Is everything all right? The first screen answers: by hour, in total, and where it is going."""

from __future__ import annotations

from tyreloop.boards.board import Board, BoardRow
from tyreloop.boards.panel import Kind, Panel, Unit

LIKES = ((None, "red"), (0.65, "orange"), (0.75, "green"))
AGE = ((None, "green"), (3600.0, "orange"), (10800.0, "red"))

OVERVIEW = Board(
    name="overview",
    title="Tyreloop · Overview",
    answers="Is everything all right?",
    rows=(
        BoardRow(
            4,
            (
                Panel(1, "Like ratio", "like_ratio", Kind.STAT, Unit.SHARE, 4, steps=LIKES),
                Panel(
                    2,
                    "Votes per prediction",
                    "coverage",
                    Kind.STAT,
                    Unit.SHARE,
                    4,
                    steps=((None, "orange"), (0.02, "green")),
                ),
                Panel(3, "Last vote", "last_vote_age", Kind.STAT, Unit.SECONDS, 4, steps=AGE),
                Panel(
                    4,
                    "Speed of answers",
                    "latency_summary",
                    Kind.STAT,
                    Unit.MILLISECONDS,
                    4,
                    steps=((None, "green"), (500.0, "red")),
                ),
                Panel(
                    5,
                    "Failed requests",
                    "error_ratio",
                    Kind.STAT,
                    Unit.SHARE,
                    4,
                    steps=((None, "green"), (0.01, "orange"), (0.05, "red")),
                ),
                Panel(6, "In Production", "in_production", Kind.STAT, Unit.NUMBER, 4, text_column="Version"),
            ),
        ),
        BoardRow(
            9,
            (
                Panel(
                    7,
                    "Likes and dislikes by the hour",
                    "votes_per_hour",
                    Kind.LINES,
                    width=10,
                    stacked=True,
                    bars=True,
                ),
                Panel(8, "All votes", "total_votes", Kind.PIE, width=5),
                Panel(
                    9,
                    "Trend of the like ratio",
                    "moving_like_ratio",
                    Kind.LINES,
                    Unit.SHARE,
                    9,
                    right_axis=("Votes",),
                ),
            ),
        ),
        BoardRow(
            8,
            (
                Panel(
                    10,
                    "Photos by answer",
                    "predictions_per_hour",
                    Kind.LINES,
                    width=12,
                    stacked=True,
                    bars=True,
                ),
                Panel(11, "Trouble now", "open_alerts", Kind.TABLE, width=12),
            ),
        ),
        BoardRow(
            4,
            (
                Panel(
                    12,
                    "Corrections that wait",
                    "open_corrections",
                    Kind.STAT,
                    width=6,
                    units={"Oldest waits for": Unit.SECONDS},
                ),
                Panel(13, "Which version when", "versions_in_time", Kind.STATES, width=18),
            ),
        ),
    ),
)
