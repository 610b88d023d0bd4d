"""Does the machinery run: rate, errors, duration, outbox, model, jobs?"""

from __future__ import annotations

from tyreloop.boards.board import Board, BoardRow
from tyreloop.boards.panel import Kind, Panel, Unit

LIMIT_MS = ((None, "green"), (500.0, "red"))

SERVICE = Board(
    name="service",
    title="Tyreloop · Service",
    answers="Does the machinery run?",
    rows=(
        BoardRow(
            8,
            (
                Panel(
                    1,
                    "Requests per minute",
                    "requests_by_route",
                    Kind.LINES,
                    Unit.PER_MINUTE,
                    8,
                    shortest_step="1m",
                ),
                Panel(
                    2,
                    "Failed requests",
                    "errors_by_route",
                    Kind.LINES,
                    Unit.SHARE,
                    8,
                    steps=((None, "green"), (0.05, "red")),
                    shows_limit=True,
                    shortest_step="1m",
                ),
                Panel(
                    3,
                    "Duration (p95)",
                    "duration_by_route",
                    Kind.LINES,
                    Unit.MILLISECONDS,
                    8,
                    shortest_step="1m",
                ),
            ),
        ),
        BoardRow(
            8,
            (
                Panel(
                    4,
                    "Answers: p50, p95, p99",
                    "latency",
                    Kind.LINES,
                    Unit.MILLISECONDS,
                    12,
                    steps=LIMIT_MS,
                    shows_limit=True,
                ),
                Panel(
                    5,
                    "Stages of an answer (p95)",
                    "latency_by_stage",
                    Kind.LINES,
                    Unit.MILLISECONDS,
                    12,
                    shortest_step="1m",
                ),
            ),
        ),
        BoardRow(
            8,
            (
                Panel(
                    6,
                    "Outbox",
                    "outbox",
                    Kind.LINES,
                    width=8,
                    units={"Oldest": Unit.SECONDS},
                    right_axis=("Oldest",),
                    shortest_step="1m",
                ),
                Panel(
                    7,
                    "Failed writes",
                    "write_failures",
                    Kind.LINES,
                    width=8,
                    stacked=True,
                    bars=True,
                    shortest_step="5m",
                ),
                Panel(8, "Waiting for a slot", "waiting", Kind.LINES, width=8, shortest_step="1m"),
            ),
        ),
        BoardRow(
            8,
            (
                Panel(
                    9,
                    "Jobs",
                    "jobs",
                    Kind.TABLE,
                    width=12,
                    units={"Used": Unit.SHARE, "Minutes since": Unit.MINUTES, "Allowed": Unit.MINUTES},
                ),
                Panel(10, "What happened to the model", "model_events", Kind.TABLE, width=12),
            ),
        ),
        BoardRow(4, (Panel(11, "Which version when", "versions_in_time", Kind.STATES, width=24),)),
    ),
)
