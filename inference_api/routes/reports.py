"""Reports to hand over: a document about some answers, behind a link that ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from inference_api.callers import admission_key, visitor
from inference_api.routing import Body, Moment, Routes
from inference_api.services import services
from tyreloop.access.visitors import is_ours
from tyreloop.domain.errors import NoProductionModel
from tyreloop.domain.photos import PredictionId
from tyreloop.domain.reports import MOST_ANSWERS, Report, ReportId
from tyreloop.domain.staff import Right
from tyreloop.use_cases.reports import make_report, open_reports_of, take_report_back

routes = Routes(Right.INSPECT)
KNOWN_OF_MISTAKES = ("accuracy", "defective_missed")  # of the photos that were held out
Language = Literal["en", "ko"]


class AskedReportBody(Body):
    """Which answers, in which order and language."""

    predictions: list[str] = Field(min_length=1, max_length=MOST_ANSWERS)
    language: Language = "en"


class ReportBody(Body):
    """A report whose link is open."""

    id: str
    predictions: list[str]
    language: Language
    made_at: Moment
    expires_at: Moment


class MadeReportBody(ReportBody):
    """A report that was just made; its link is shown once, and is what opens it."""

    link: str = Field(description="Answers the PDF, to whoever has it; the same is its QR code.")


class ReportsBody(Body):
    """One's own reports whose links are open, the newest first."""

    reports: list[ReportBody]


@routes.route("POST", "/v1/reports", MadeReportBody, status=201, takes=AskedReportBody)
def create_report(body: AskedReportBody) -> MadeReportBody:
    """A PDF about answers of the caller's own, behind a link for thirty days; deleting a photo ends it."""
    door, using = services().door, services()
    door.report_limit.take(admission_key())
    chosen = [PredictionId(one) for one in body.predictions]
    for one in chosen:
        using.log.flush(one)
    report, secret = make_report(
        chosen, language=body.language, models=_known_models(), by=visitor(), using=using.stores
    )
    return MadeReportBody(**_fields(report), link=f"{using.pages.rstrip('/')}/report/{secret}")


@routes.route("GET", "/v1/reports", ReportsBody)
def list_reports() -> ReportsBody:
    """The caller's own reports whose links are open; a name that we signed is told their answers too."""
    found = open_reports_of(visitor(), using=services().stores)
    # A name that somebody chose can be guessed, and an answer's id is what then still stands in the way.
    hidden: dict[str, Any] = {} if is_ours(visitor()) else {"predictions": []}
    return ReportsBody(reports=[ReportBody(**(_fields(report) | hidden)) for report in found])


@routes.route("DELETE", "/v1/reports/<report_id>", None, status=204)
def delete_report(report_id: str) -> None:
    """Take a report back: from now on its link shows nothing."""
    take_report_back(ReportId(report_id), by=visitor(), using=services().stores)


def _known_models() -> Mapping[str, Mapping[str, Any]]:
    """How often the version that serves was wrong on photos it had not learned from, as its card says."""
    try:
        model = services().shelf.current()
    except NoProductionModel:
        return {}
    held_out = model.card.metrics.get("held_out", {})
    return {str(model.ref.version): {name: held_out[name] for name in KNOWN_OF_MISTAKES if name in held_out}}


def _fields(report: Report) -> dict[str, Any]:
    return {name: getattr(report, name) for name in ReportBody.model_fields}
