"""Sends the messages in line; one that does not arrive waits for the next run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from tyreloop.alerts import ledger
from tyreloop.alerts.channels import Channel
from tyreloop.alerts.messages import Message
from tyreloop.store.db import Database, queries

log = structlog.get_logger(__name__)


def send_messages(database: Database, channels: Sequence[Channel], *, now: datetime) -> tuple[int, int]:
    """Send what waits, the oldest first; answers how many arrived and how many did not."""
    by_name = {channel.name: channel for channel in channels}
    arrived = missed = 0
    for waiting in _claimed(database, now):
        channel = by_name.get(waiting["channel"])  # a channel may be gone since the message was written
        if channel and channel.send(Message(waiting["title"], waiting["body"])):
            arrived += 1
            database.run(partial(queries.mark_alert_message_sent, id=waiting["id"], sent_at=now))
        else:
            missed += 1
            log.warning("alert_message_not_sent", channel=waiting["channel"], message=waiting["id"])
    return arrived, missed


def _claimed(database: Database, now: datetime) -> Iterator[Mapping[str, Any]]:
    """Each message in line once, claimed just before it is sent."""
    last = 0
    while waiting := database.run(partial(ledger.claim_message, after=last, now=now)):
        last = int(waiting["id"])
        yield waiting
