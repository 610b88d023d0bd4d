"""The one place that opens anything: the database in a process's role, the outbox, the photo store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum

from tyreloop.access.door import Door
from tyreloop.access.gate import Gate
from tyreloop.access.passwords import Argon2Passwords
from tyreloop.access.rate_limits import RateLimit
from tyreloop.access.tokens import TokenSigner
from tyreloop.files.photos import ObjectPhotoStore, build_photo_store
from tyreloop.learning.datasets.forgetting import forget_copies
from tyreloop.models.release import Releasing
from tyreloop.models.signing import signer_of
from tyreloop.settings import Settings
from tyreloop.store.alerts import PostgresAlerts
from tyreloop.store.datasets import PostgresDatasets
from tyreloop.store.db import Database
from tyreloop.store.delivery import (
    Breaker,
    Dispatch,
    OutboxErasures,
    OutboxFeedback,
    OutboxPredictions,
)
from tyreloop.store.feedback import (
    PostgresCorrections,
    PostgresReceipts,
    PostgresVoteCounts,
    PostgresVotes,
    PostgresWriteFailures,
)
from tyreloop.store.models import PostgresModels
from tyreloop.store.orders import PostgresOrders
from tyreloop.store.outbox import Kind, Outbox, journal_of, outbox_of
from tyreloop.store.photos import PostgresErasures, PostgresHeats, PostgresPredictions
from tyreloop.store.replay import Receivers, Sweeper
from tyreloop.store.reports import PostgresReports
from tyreloop.store.reviews import PostgresReviews
from tyreloop.store.staff import PostgresApiKeys, PostgresAuditLog, PostgresStaff
from tyreloop.use_cases.stores import Stores


class Role(Enum):
    """As whom a process reaches the database: its role there, and how patient it is."""

    API = ("api", "tyreloop_api", 12, 2.5)
    PAGES = ("pages", "tyreloop_pages", 12, 2.5)
    WORKER = ("worker", "tyreloop_worker", 8, 15.0)
    TASKS = ("tasks", "tyreloop_tasks", 4, 1800.0)  # a recount of a hundred million rows
    SHELL = ("shell", "tyreloop_pages", 2, 15.0)
    OWNER = ("owner", "", 2, 15.0)  # whoever installs: the owner's rights stay at no other door

    def __init__(self, _: str, in_database: str, connections: int, statement_seconds: float) -> None:
        self.in_database = in_database
        self.connections = connections
        self.statement_seconds = statement_seconds


def open_database(settings: Settings, *, role: Role) -> Database:
    """A pool of connections that step down to the role; it connects when somebody asks."""
    return Database(
        settings.postgres_dsn,
        role=role.in_database,
        connections=role.connections,
        statement_seconds=role.statement_seconds,
    )


@contextmanager
def opened_stores(settings: Settings, *, role: Role) -> Iterator[Stores]:
    """What is kept, straight in the database, for the length of a block."""
    database = open_database(settings, role=role)
    try:
        yield stores_in(database, build_photo_store(settings))
    finally:
        database.close()


def stores_in(database: Database, photos: ObjectPhotoStore) -> Stores:
    """What is kept in a database and a photo store; nothing waits anywhere."""
    return Stores(
        database=database,
        predictions=PostgresPredictions(database),
        votes=PostgresVotes(database),
        corrections=PostgresCorrections(database),
        erasures=PostgresErasures(database),
        receipts=PostgresReceipts(database),
        heats=PostgresHeats(database),
        reports=PostgresReports(database),
        reviews=PostgresReviews(database),
        datasets=PostgresDatasets(database),
        orders=PostgresOrders(database),
        vote_counts=PostgresVoteCounts(database),
        models=PostgresModels(database),
        alerts=PostgresAlerts(database),
        staff=PostgresStaff(database),
        keys=PostgresApiKeys(database),
        audit=PostgresAuditLog(database),
        passwords=Argon2Passwords(),
        photos=photos,
        clock=now,
    )


@dataclass(frozen=True, slots=True)
class ServingStores:
    """What a process that serves people opens at its start and closes at its end."""

    stores: Stores
    outbox: Outbox
    journal: Outbox
    sweeper: Sweeper

    def close(self) -> None:
        """Stop sending; what waits is sent at the next start."""
        self.sweeper.close()
        self.outbox.close()
        self.journal.close()
        self.stores.database.close()


def serve_stores(settings: Settings, *, role: Role) -> ServingStores:
    """What is kept in the database, or in this machine's outbox while the database is away."""
    direct = stores_in(open_database(settings, role=role), build_photo_store(settings))
    outbox, journal, breaker = outbox_of(settings), journal_of(settings), Breaker()
    sweeper = Sweeper(outbox, receivers_of(direct), breaker)
    dispatch = Dispatch(outbox, breaker, wake_sweeper=sweeper.wake)
    if outbox.file.exists() or any(outbox.file.parent.glob("*.outbox")):
        sweeper.wake()
    stores = replace(
        direct,
        predictions=OutboxPredictions(direct.predictions, dispatch),
        votes=OutboxFeedback(Kind.VOTE, direct.votes, dispatch),
        corrections=OutboxFeedback(Kind.CORRECTION, direct.corrections, dispatch),
        erasures=OutboxErasures(
            direct.erasures,
            outbox,
            journal,
            lambda gone: forget_copies(settings.data_dir / "datasets", gone.__eq__),
        ),
    )
    return ServingStores(stores, outbox, journal, sweeper)


def receivers_of(stores: Stores) -> Receivers:
    """Where the outbox's entries go."""
    failures = PostgresWriteFailures(stores.database)
    return Receivers(stores.predictions, stores.votes, stores.corrections, stores.erasures, failures)


def build_door(settings: Settings, stores: Stores) -> Door:
    """What stands in front of a process that serves people."""
    signer = TokenSigner(settings.require_secret_key(), stores.clock)
    gate = Gate(signer, stores, visitors_may_inspect=not settings.visitors_must_sign_in)
    limit = RateLimit(per_minute=settings.rate_limit_per_minute)
    return Door(gate, limit, day_bytes=int(settings.photo_day_megabytes * 1e6))


def open_releasing(settings: Settings, stores: Stores, *, signs: bool = True) -> Releasing:
    """What it takes to move Production; the service, which only follows, signs nothing."""
    from tyreloop.models.registry import build_registry  # noqa: PLC0415 - its client takes a second to load

    return Releasing(
        registry=build_registry(settings),
        models=stores.models,
        clock=stores.clock,
        model_name=settings.model_name,
        signer=signer_of(settings) if signs else None,
        serve_unsigned=settings.serve_unsigned_models,
    )


def now() -> datetime:
    """The clock of every process."""
    return datetime.now(UTC)
