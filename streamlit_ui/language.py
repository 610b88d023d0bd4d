"""Which language a page speaks: the visitor's choice, else the browser's first one."""

from __future__ import annotations

from collections.abc import Mapping

from streamlit_ui.texts import Language

COOKIE = "tyreloop_language"
KEPT_SECONDS = 365 * 24 * 3600


def language_of(*, chosen: str | None, cookies: Mapping[str, str], locale: str | None) -> Language:
    """The choice of this session, then the remembered one, then the browser's, then English."""
    for said in (chosen, cookies.get(COOKIE), (locale or "").split("-")[0].lower()):
        if said in set(Language):
            return Language(said)
    return Language.ENGLISH
