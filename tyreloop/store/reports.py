"""Reports and their links; of a link's secret only a hash is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extras import Json

from tyreloop.domain.errors import Conflict, NotFound, PredictionNotFound
from tyreloop.domain.photos import Visitor
from tyreloop.domain.reports import MOST_OPEN_LINKS, Report, ReportId
from tyreloop.store.db import Row, Table, is_uuid, queries
from tyreloop.store.photos import id_of


class PostgresReports(Table):
    """Every open link; one that was taken back or whose photo was deleted is not there any more."""

    def add(self, report: Report, *, secret_hash: str) -> None:
        if not all(map(is_uuid, report.predictions)):
            raise PredictionNotFound("There is no such prediction of yours.")
        outcome = self._ask(
            queries.add_report,
            id=report.id,
            secret_hash=secret_hash,
            visitor=report.visitor,
            predictions=list(report.predictions),
            language=report.language,
            models=Json(dict(report.models)),
            made_at=report.made_at,
            expires_at=report.expires_at,
            most=MOST_OPEN_LINKS,
        )
        if outcome == "foreign":
            raise PredictionNotFound("There is no such prediction of yours.")
        if outcome == "too_many":
            raise Conflict(f"You have {MOST_OPEN_LINKS} open reports: take one back first.")

    def find(self, secret_hash: str, *, at: datetime) -> Report | None:
        return self._one(queries.find_report, _report_of, secret_hash=secret_hash, at=at)

    def of_visitor(self, visitor: Visitor, *, at: datetime) -> Sequence[Report]:
        return self._all(queries.reports_of_visitor, _report_of, visitor=visitor, at=at)

    def take_back(self, report_id: ReportId, visitor: Visitor) -> None:
        if self._one(queries.take_report_back, dict, id=report_id, visitor=visitor) is None:
            raise NotFound("There is no such report of yours.")


def _report_of(row: Row) -> Report:
    predictions = [id_of(one) for one in row["predictions"]]
    return Report(**{**row, "id": ReportId(id_of(row["id"])), "predictions": predictions})
