"""The pages as an app on a phone: its manifest and icons, and the page that is shown without a line.

Streamlit's page needs its server for everything, so the service worker keeps one thing: the offline page.
It is shown when the address of a page is not reached; every other request is left alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from streamlit_ui.browser import asset
from streamlit_ui.texts import Language, texts_in

ICONS = {size: Path(__file__).with_name("browser") / f"icon-{size}.png" for size in (192, 512)}
MANIFEST, WORKER, OFFLINE = "/app.webmanifest", "/offline.js", "/offline"
BACKGROUND, THEME = "#ffffff", "#0b6e4f"
A_DAY = {"cache-control": "public, max-age=86400"}


def routes() -> list[Route]:
    """Beside the pages, at the root: a worker is heard for the folder that it lies in."""
    icons = [Route(f"/icon-{size}.png", _icon(file)) for size, file in ICONS.items()]
    return [Route(MANIFEST, _manifest), Route(WORKER, _worker), Route(OFFLINE, _offline), *icons]


async def _manifest(request: Request) -> Response:
    say = texts_in(Language.KOREAN if request.query_params.get("in") == "ko" else Language.ENGLISH)
    icons = [
        {"src": f"icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in ICONS
        for purpose in ("any", "maskable")
    ]
    body = {
        "id": "/",
        "name": say("app.browser_title"),
        "short_name": say("app.name"),
        "description": say("inspect.lead"),
        "lang": say.language.value,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": BACKGROUND,
        "theme_color": THEME,
        "icons": icons,
    }
    return JSONResponse(body, media_type="application/manifest+json", headers=A_DAY)


async def _worker(request: Request) -> Response:
    return Response(asset("offline.js"), media_type="text/javascript", headers={"cache-control": "no-cache"})


async def _offline(request: Request) -> Response:
    """In both languages: it is kept when nobody knows yet who will read it."""
    words = {
        f"{key}_{language.value}": texts_in(language)(f"offline.{key}")
        for language in Language
        for key in ("title", "lead", "again")
    }
    return Response(asset("offline.html").format(**words), media_type="text/html", headers=A_DAY)


def _icon(file: Path) -> Callable[[Request], Awaitable[Response]]:
    async def icon(request: Request) -> Response:
        return FileResponse(file, headers=A_DAY)

    return icon
