"""What a report's link answers, beside the pages: the PDF, or one sentence why there is none any more."""

from __future__ import annotations

from functools import partial
from html import escape
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from streamlit_ui.language import language_of
from streamlit_ui.previews import kept_picture
from streamlit_ui.services import services
from streamlit_ui.texts import Language, texts_in
from streamlit_ui.view_models.report import ReportView
from tyreloop.access.rate_limits import RateLimit
from tyreloop.domain.errors import ReportGone, StoreUnavailable, TooManyRequests, TyreloopError
from tyreloop.use_cases.reports import open_report

PATH = "/report/{secret}"
STATUS_OF = {ReportGone: 410, TooManyRequests: 429, StoreUnavailable: 503}
TOLD = {"cache-control": "private, no-store", "x-robots-tag": "noindex"}
LOOKS_PER_MINUTE = 20  # at one report: each is drawn anew
PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Tyreloop</title>
<body style="font: 1.1rem system-ui; margin: 3rem auto; max-width: 32rem; padding: 0 1rem; line-height: 1.6">
<h1 style="font-size: 1.4rem">Tyreloop</h1><p>{words}</p><p><a href="/">{back}</a></p></body></html>
"""
_looks = RateLimit(per_minute=LOOKS_PER_MINUTE, burst=LOOKS_PER_MINUTE)


def routes() -> list[Route]:
    return [Route(PATH, _answer, methods=["GET"])]


async def _answer(request: Request) -> Response:
    secret = request.path_params["secret"]
    try:
        pdf = await run_in_threadpool(report_pdf, secret)
    except TyreloopError as error:
        return _sentence(request, error)
    shown = {"content-disposition": 'inline; filename="tyreloop-report.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=TOLD | shown)


def report_pdf(secret: str) -> bytes:
    """The document behind a link."""
    from streamlit_ui.report_pdf import pdf_of  # noqa: PLC0415 - most visitors never wait for it

    using = services()
    found = open_report(secret, using=using.stores)
    _looks.take(found.report.id)
    view = ReportView.of(
        found.report,
        found.predictions,
        partial(kept_picture, photos=using.stores.photos),
        link=f"{using.settings.pages.rstrip('/')}/report/{secret}",
        say=texts_in(Language(found.report.language)),
        zone=ZoneInfo(using.settings.tz),
    )
    return pdf_of(view)


def _sentence(request: Request, error: TyreloopError) -> Response:
    """In the language of whoever looks, who may never have been here."""
    accepted = request.headers.get("accept-language", "")
    say = texts_in(language_of(chosen=None, cookies=request.cookies, locale=accepted.split(",")[0]))
    status = next((STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF), 500)
    words = say("report.gone" if status == 410 else "report.later")
    page = PAGE.format(language=say.language, words=escape(words), back=escape(say("pages.inspect")))
    return HTMLResponse(page, status, headers=TOLD)
