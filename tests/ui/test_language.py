"""A visitor's choice, else the remembered one, else the browser's."""

from __future__ import annotations

import pytest

from streamlit_ui.language import COOKIE, language_of
from streamlit_ui.texts import Language


@pytest.mark.parametrize(
    ("chosen", "cookie", "locale", "spoken"),
    [
        (None, None, "ko-KR", Language.KOREAN),
        (None, None, "de-DE", Language.ENGLISH),
        (None, "en", "ko-KR", Language.ENGLISH),
        ("ko", "en", "en-GB", Language.KOREAN),
        (None, "nonsense", None, Language.ENGLISH),
    ],
)
def test_the_nearest_word_counts(
    chosen: str | None, cookie: str | None, locale: str | None, spoken: Language
) -> None:
    cookies = {COOKIE: cookie} if cookie else {}
    assert language_of(chosen=chosen, cookies=cookies, locale=locale) is spoken
