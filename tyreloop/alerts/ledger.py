"""Where our own judging keeps its standings and its messages between two runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json

from tyreloop.alerts.messages import Message
from tyreloop.alerts.rule import Rule
from tyreloop.alerts.standing import Labels, Phase, Reading, Standing
from tyreloop.store.db import queries

Place = tuple[str, tuple[tuple[str, str], ...]]
TOO_OLD = timedelta(hours=1)  # an alarm that comes later than this only confuses


def place_of(rule: Rule, labels: Labels) -> Place:
    """What tells one standing from another."""
    return rule.name, tuple(sorted(labels.items()))


def fingerprint(place: Place) -> str:
    """The same in one short word."""
    return sha256(json.dumps(place).encode()).hexdigest()[:16]


def standings(connection: Connection) -> dict[Place, Standing]:
    """How every rule that is not quiet stood after the last run."""
    rows = queries.alert_standings(connection)
    return {(row["rule"], tuple(sorted(row["labels"].items()))): _standing_of(row) for row in rows}


def keep(connection: Connection, rule: Rule, standing: Standing) -> None:
    """Write down how a rule stands."""
    queries.keep_alert_standing(
        connection,
        rule=rule.name,
        labels=Json(dict(standing.reading.labels)),
        phase=standing.phase,
        bad_since=standing.bad_since,
        well_since=standing.well_since,
        value=standing.reading.value,
        n=standing.reading.n,
    )


def forget(connection: Connection, place: Place) -> None:
    """A rule is quiet again."""
    queries.forget_alert_standing(connection, rule=place[0], labels=Json(dict(place[1])))


def line_up(connection: Connection, channel: str, message: Message, now: datetime) -> None:
    """Put a message in line, in the transaction that changes the standings: both happen, or neither."""
    queries.write_alert_message(
        connection, channel=channel, title=message.title, body=message.body, written_at=now
    )


def claim_message(connection: Connection, *, after: int, now: datetime) -> Mapping[str, Any] | None:
    """The next message in line, with one more try counted before it is sent."""
    found: Mapping[str, Any] | None = queries.claim_alert_message(
        connection, after=after, not_before=now - TOO_OLD
    )
    return found


def _standing_of(row: Mapping[str, Any]) -> Standing:
    reading = Reading(row["value"], row["n"], row["labels"])
    return Standing(Phase(row["phase"]), row["bad_since"], reading, row["well_since"])
