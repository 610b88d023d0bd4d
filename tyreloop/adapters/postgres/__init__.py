"""The database: predictions, votes, corrections and releases in Postgres."""

from tyreloop.adapters.postgres.corrections import PostgresCorrections
from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.migrations import migrate
from tyreloop.adapters.postgres.predictions import PostgresPredictions
from tyreloop.adapters.postgres.releases import PostgresReleases
from tyreloop.adapters.postgres.votes import PostgresVotes

__all__ = [
    "Database",
    "PostgresCorrections",
    "PostgresPredictions",
    "PostgresReleases",
    "PostgresVotes",
    "migrate",
]
