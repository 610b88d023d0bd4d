"""Model versions in Postgres, each with its card: receipts read which snapshot it learned from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg2.extras import Json

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.statements import queries


def keep_model_version(database: Database, model_name: str, version: int, card: Mapping[str, Any]) -> None:
    """Remember a version; the same one again changes nothing."""
    row = {"model_name": model_name, "version": version, "card": Json(dict(card))}
    database.ask(lambda connection: queries.keep_model_version(connection, **row))
