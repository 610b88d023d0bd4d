"""Every page, in both languages, on a phone and at a desk: its words, its accessibility, its picture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ARTIFACTS, DESKTOP, PHONE, a_person
from tests.browser.house import House
from tests.browser.person import Person
from tests.browser.words import foreign_words
from tests.vision.bundles import DARK, jpeg_of

# Streamlit's own: a table drawn on a canvas, and headings that begin where a page needs them.
NOT_OURS = "[data-testid=stDataFrame], [data-testid=stDataFrameResizable]"
PAGES = {
    "inspect": ("/", ".st-key-gallery img"),
    "answer": ("/?p={p}", ".stage img"),
    "many": ("/many", "[data-testid=stFileUploaderDropzone]"),
    "history": ("/history", ".st-key-history-export button"),
    "insights": ("/insights", ".st-key-insights-csv button"),
    "receipt": ("/receipt?p={p}", ".stage img"),
}


@pytest.fixture(scope="module", params=["en", "ko"])
def resident(
    request: pytest.FixtureRequest, browser: Browser, house: House
) -> Iterator[tuple[Person, str, str]]:
    """Somebody who has a disliked and corrected answer: English at a desk, Korean on a phone."""
    language = str(request.param)
    locale, size = {"en": ("en-GB", DESKTOP), "ko": ("ko-KR", PHONE)}[language]
    context = a_person(browser, house, size=size, locale=locale)
    person = Person(context.new_page(), ARTIFACTS)
    prediction = person.inspects(jpeg_of(DARK, (640, 480)))
    person.dislikes()
    person.corrects("good")
    yield person, language, prediction
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_speaks_one_language_and_is_accessible(resident: tuple[Person, str, str], name: str) -> None:
    person, language, prediction = resident
    path, sign = PAGES[name]
    person.opens(path.format(p=prediction))
    expect(person.page.locator(sign).last).to_be_visible()
    expect(person.page.get_by_test_id("stAppSkeleton")).to_have_count(0)
    person.shoots(f"{name}-{'desktop' if language == 'en' else 'phone'}-{language}")
    assert foreign_words(person.page, language) == set()
    assert serious_violations(person.page) == []


def serious_violations(page: Page) -> list[str]:
    """What axe-core calls serious or critical, with the elements."""
    found = Axe().run(page, context={"exclude": [NOT_OURS]}).response["violations"]
    return [
        f"{violation['id']}: {[node['html'][:160] for node in violation['nodes']]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]
