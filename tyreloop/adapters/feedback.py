"""Builds what it takes to keep what people say, for a process that serves them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tyreloop.adapters.outbox import (
    Breaker,
    Dispatch,
    Outbox,
    OutboxCorrections,
    OutboxErasures,
    OutboxPredictions,
    OutboxVotes,
    Receivers,
    Sweeper,
)
from tyreloop.adapters.outbox.neighbours import SUFFIX
from tyreloop.ports import Erasures, Feedback
from tyreloop.settings import Settings
from tyreloop.store.db import Database
from tyreloop.store.feedback import PostgresCorrections, PostgresVotes, PostgresWriteFailures
from tyreloop.store.photos import PostgresErasures, PostgresPredictions

APP_ROLE = "tyreloop_app"


@dataclass(frozen=True, slots=True)
class FeedbackStores:
    """What a process that serves people opens at its start and closes at its end."""

    feedback: Feedback
    erasures: Erasures
    outbox: Outbox
    sweeper: Sweeper
    database: Database

    def close(self) -> None:
        """Stop sending; what waits is sent at the next start."""
        self.sweeper.close()
        self.outbox.close()
        self.database.close()


def build_feedback(settings: Settings, *, process: str) -> Feedback:
    """Feedback kept in Postgres, or in this process's outbox while Postgres is away."""
    return open_feedback(settings, process=process).feedback


def open_feedback(settings: Settings, *, process: str) -> FeedbackStores:
    """The same with all that belongs to it; `process` names the outbox: `api`, `ui`."""
    database = Database(settings.postgres_dsn, role=APP_ROLE)
    outbox = Outbox(outbox_file(settings, process), most_bytes=int(settings.outbox_max_megabytes * 1e6))
    receivers = receivers_in(database)
    breaker = Breaker()
    sweeper = Sweeper(outbox, receivers, breaker)
    dispatch = Dispatch(outbox, breaker, wake_sweeper=sweeper.wake)
    if outbox.file.exists():
        sweeper.wake()
    feedback = Feedback(
        predictions=OutboxPredictions(receivers.feedback.predictions, dispatch),
        votes=OutboxVotes(receivers.feedback.votes, dispatch),
        corrections=OutboxCorrections(receivers.feedback.corrections, dispatch),
        clock=receivers.feedback.clock,
    )
    erasures = OutboxErasures(receivers.erasures, outbox)
    return FeedbackStores(feedback, erasures, outbox, sweeper, database)


def receivers_in(database: Database) -> Receivers:
    """The ports without an outbox: where its letters go."""
    feedback = Feedback(
        predictions=PostgresPredictions(database),
        votes=PostgresVotes(database),
        corrections=PostgresCorrections(database),
        clock=lambda: datetime.now(UTC),
    )
    return Receivers(feedback, PostgresErasures(database), PostgresWriteFailures(database))


def outbox_file(settings: Settings, process: str) -> Path:
    """Where a process's outbox lies."""
    return settings.data_dir / "outbox" / f"{process}{SUFFIX}"


def outbox_files(settings: Settings) -> list[Path]:
    """The outboxes of all processes of this machine."""
    return sorted((settings.data_dir / "outbox").glob(f"*{SUFFIX}"))
