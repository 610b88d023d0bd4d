"""Where our own judging keeps its states and its messages between two runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json

from tyreloop.monitoring.alert_state import AlertState, Labels, Phase, Reading
from tyreloop.monitoring.messages import Message
from tyreloop.monitoring.rules import Rule
from tyreloop.store.db import queries

Place = tuple[str, tuple[tuple[str, str], ...]]
TOO_OLD = timedelta(hours=1)  # an alarm that comes later than this only confuses


def place_of(rule: Rule, labels: Labels) -> Place:
    """What tells one state from another."""
    return rule.name, tuple(sorted(labels.items()))


def fingerprint(place: Place) -> str:
    """The same in one short word."""
    return sha256(json.dumps(place).encode()).hexdigest()[:16]


def alert_states(connection: Connection) -> dict[Place, AlertState]:
    """Every rule that was not quiet after the last run."""
    rows = queries.alert_states(connection)
    return {(row["rule"], tuple(sorted(row["labels"].items()))): _state_of(row) for row in rows}


def keep(connection: Connection, rule: Rule, state: AlertState) -> None:
    """Write down how a rule stands."""
    queries.keep_alert_state(
        connection,
        rule=rule.name,
        labels=Json(dict(state.reading.labels)),
        phase=state.phase,
        bad_since=state.bad_since,
        well_since=state.well_since,
        value=state.reading.value,
        n=state.reading.n,
    )


def forget(connection: Connection, place: Place) -> None:
    """A rule is quiet again."""
    queries.forget_alert_state(connection, rule=place[0], labels=Json(dict(place[1])))


def line_up(connection: Connection, channel: str, message: Message, now: datetime) -> None:
    """Put a message in line, in the transaction that changes the states: both happen, or neither."""
    queries.write_alert_message(
        connection,
        channel=channel,
        title=message.title,
        body=message.body,
        tone=message.tone,
        written_at=now,
    )


def claim_message(connection: Connection, *, after: int, now: datetime) -> Mapping[str, Any] | None:
    """The next message in line, with one more try counted before it is sent."""
    found: Mapping[str, Any] | None = queries.claim_alert_message(
        connection, after=after, not_before=now - TOO_OLD
    )
    return found


def _state_of(row: Mapping[str, Any]) -> AlertState:
    reading = Reading(row["value"], row["n"], row["labels"])
    return AlertState(Phase(row["phase"]), row["bad_since"], reading, row["well_since"])
