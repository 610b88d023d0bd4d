"""The database: predictions and what people say about them, in Postgres."""

from tyreloop.adapters.postgres.corrections import PostgresCorrections
from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.erasures import PostgresErasures
from tyreloop.adapters.postgres.migrations import migrate
from tyreloop.adapters.postgres.predictions import PostgresPredictions
from tyreloop.adapters.postgres.reader import set_reader_password
from tyreloop.adapters.postgres.receipts import PostgresReceipts
from tyreloop.adapters.postgres.releases import PostgresReleases
from tyreloop.adapters.postgres.votes import PostgresVotes
from tyreloop.adapters.postgres.write_failures import PostgresWriteFailures

__all__ = [
    "Database",
    "PostgresCorrections",
    "PostgresErasures",
    "PostgresPredictions",
    "PostgresReceipts",
    "PostgresReleases",
    "PostgresVotes",
    "PostgresWriteFailures",
    "migrate",
    "set_reader_password",
]
