"""Reports: make one with its link, open the link, see one's links, take one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

from tyreloop.domain.errors import InvalidRequest, ReportGone
from tyreloop.domain.photos import Prediction, PredictionId, Visitor
from tyreloop.domain.reports import LANGUAGES, LIFETIME, MOST_ANSWERS, Report, ReportId
from tyreloop.use_cases.stores import Stores

SECRET_BYTES = 16


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A report with its answers, in the visitor's order."""

    report: Report
    predictions: Sequence[Prediction]


def make_report(
    predictions: Sequence[PredictionId],
    *,
    language: str,
    models: Mapping[str, Mapping[str, Any]],
    by: Visitor,
    using: Stores,
) -> tuple[Report, str]:
    """The report and the secret of its link, which is kept nowhere."""
    chosen = list(dict.fromkeys(predictions))
    if not 0 < len(chosen) <= MOST_ANSWERS:
        raise InvalidRequest(f"A report has 1 to {MOST_ANSWERS} answers.")
    if language not in LANGUAGES:
        raise InvalidRequest("language is " + " or ".join(LANGUAGES) + ".")
    at, secret = using.clock(), token_urlsafe(SECRET_BYTES)
    report = Report(ReportId(uuid4().hex), by, chosen, language, models, at, at + LIFETIME)
    using.reports.add(report, secret_hash=_hash_of(secret))
    return report, secret


def open_report(secret: str, *, using: Stores) -> OpenReport:
    """What a link shows to whoever has it; one that ended and one that never was are told the same."""
    report = using.reports.find(_hash_of(secret), at=using.clock())
    found = [using.predictions.get(one) for one in report.predictions] if report else []
    predictions = [one for one in found if one is not None]
    if report is None or len(predictions) < len(report.predictions):
        raise ReportGone(ReportGone.sentence)
    return OpenReport(report, predictions)


def open_reports_of(visitor: Visitor, *, using: Stores) -> Sequence[Report]:
    return using.reports.of_visitor(visitor, at=using.clock())


def take_report_back(report_id: ReportId, *, by: Visitor, using: Stores) -> None:
    """From now on the link shows nothing."""
    using.reports.take_back(report_id, by)


def _hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
