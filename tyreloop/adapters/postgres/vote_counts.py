"""Votes of one version in a span, at the cost of a few rows an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.vote_count import VoteCount

HOUR = timedelta(hours=1)


class PostgresVoteCounts:
    """The VoteCounts port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_version(self, version: int, *, since: datetime, until: datetime) -> VoteCount:
        first_hour, last_hour = _hour_of(since + HOUR - timedelta(microseconds=1)), _hour_of(until)
        span = {
            "since": since,
            "head_until": min(first_hour, until),
            "tail_from": max(last_hour, min(first_hour, until)),
            "until": until,
        }
        row = self._database.ask(
            lambda connection: queries.votes_of_version(connection, version=str(version), **span)
        )
        return VoteCount(row["likes"], row["dislikes"])


def _hour_of(moment: datetime) -> datetime:
    """Whole hours of UTC, as the counts cut them."""
    return moment - timedelta(seconds=moment.timestamp() % HOUR.total_seconds())
