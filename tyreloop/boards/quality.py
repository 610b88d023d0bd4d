"""Are people content, and which version or answer is to blame?"""

from __future__ import annotations

from tyreloop.boards.board import Board, BoardRow
from tyreloop.boards.panel import Kind, Panel, Unit

DRIFT = ((None, "green"), (0.1, "orange"), (0.2, "red"))
DISLIKES = ((None, "green"), (0.35, "red"))

QUALITY = Board(
    name="quality",
    title="Tyreloop · Quality",
    answers="Are people content, and which version or answer is to blame?",
    rows=(
        BoardRow(
            9,
            (
                Panel(
                    1,
                    "Likes and dislikes by the hour",
                    "votes_per_hour",
                    Kind.LINES,
                    width=8,
                    stacked=True,
                    bars=True,
                ),
                Panel(
                    2,
                    "Trend of the like ratio",
                    "moving_like_ratio",
                    Kind.LINES,
                    Unit.SHARE,
                    8,
                    right_axis=("Votes",),
                ),
                Panel(
                    3,
                    "Share of dislikes per version",
                    "dislike_ratio_by_version",
                    Kind.LINES,
                    Unit.SHARE,
                    8,
                    steps=DISLIKES,
                    shows_limit=True,
                ),
            ),
        ),
        BoardRow(
            8,
            (
                Panel(
                    4,
                    "Versions side by side",
                    "versions_compared",
                    Kind.TABLE,
                    Unit.SHARE,
                    12,
                    units={"Version": Unit.NUMBER},
                ),
                Panel(5, "Answers side by side", "answers_compared", Kind.TABLE, Unit.SHARE, 12),
            ),
        ),
        BoardRow(
            8,
            (
                Panel(
                    6,
                    "By the hour of the day",
                    "hour_of_day",
                    Kind.BARS,
                    width=8,
                    stacked=True,
                    units={"Like ratio": Unit.SHARE},
                    right_axis=("Like ratio",),
                    only_in_tooltip=("Votes",),
                ),
                Panel(
                    7,
                    "By the day of the week",
                    "day_of_week",
                    Kind.BARS,
                    width=8,
                    stacked=True,
                    units={"Like ratio": Unit.SHARE},
                    right_axis=("Like ratio",),
                    only_in_tooltip=("Votes",),
                ),
                Panel(
                    8,
                    "Like ratio by the day",
                    "daily_like_ratio",
                    Kind.LINES,
                    Unit.SHARE,
                    8,
                    right_axis=("Votes",),
                ),
            ),
        ),
        BoardRow(
            8,
            (
                Panel(9, "What visitors correct", "corrections_matrix", Kind.TABLE, width=8),
                Panel(
                    10,
                    "Right in the audit sample",
                    "audited_accuracy",
                    Kind.TABLE,
                    Unit.SHARE,
                    8,
                    units={"Version": Unit.NUMBER},
                ),
                Panel(11, "No verdict", "unsure_and_unusable", Kind.STAT, Unit.SHARE, 4),
                Panel(
                    12,
                    "Has the mix of answers moved?",
                    "answer_drift",
                    Kind.STAT,
                    Unit.NUMBER,
                    4,
                    steps=DRIFT,
                ),
            ),
        ),
        BoardRow(
            8,
            (
                Panel(
                    13,
                    "Photos by answer",
                    "predictions_per_hour",
                    Kind.LINES,
                    width=8,
                    stacked=True,
                    bars=True,
                ),
                Panel(
                    14,
                    "Why photos are unusable",
                    "unusable_reasons",
                    Kind.LINES,
                    width=8,
                    stacked=True,
                    bars=True,
                ),
                Panel(
                    15,
                    "Has the quality of photos moved?",
                    "quality_drift",
                    Kind.STAT,
                    Unit.NUMBER,
                    8,
                    steps=DRIFT,
                ),
            ),
        ),
        BoardRow(
            9,
            (
                Panel(
                    16,
                    "The last dislikes",
                    "latest_dislikes",
                    Kind.TABLE,
                    width=24,
                    units={"ms": Unit.MILLISECONDS},
                ),
            ),
        ),
    ),
)
