"""Every page, in both languages, on a phone and at a desk, light and dark: words, accessibility, picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ARTIFACTS, DESKTOP, PHONE, a_person
from tests.browser.house import House
from tests.browser.person import Person
from tests.browser.sight import out_of_sight
from tests.browser.staff import corrected_answers, hire, sign_in
from tests.browser.words import foreign_words
from tests.vision.bundles import DARK, jpeg_of
from tyreloop.domain.staff import Role

# Streamlit's own: a table drawn on a canvas, and headings that begin where a page needs them.
NOT_OURS = "[data-testid=stDataFrame], [data-testid=stDataFrameResizable]"
PAGES = {
    "inspect": ("/", ".st-key-gallery img"),
    "answer": ("/?p={p}", ".stage img"),
    "many": ("/many", "[data-testid=stFileUploaderDropzone]"),
    "history": ("/history", ".st-key-history-export button"),
    "insights": ("/insights", ".st-key-insights-csv button"),
    "receipt": ("/receipt?p={p}", ".stage img"),
    "sign_in": ("/sign_in", "[data-testid=stFormSubmitButton] button"),
}
STAFF_PAGES = {
    "review": ("/review", "[class*='st-key-review-item-']"),
    "datasets": ("/datasets", ".st-key-freeze button"),
    "learn": ("/learn", ".st-key-order-training button"),
    "release": ("/release", "[class*='st-key-candidate-']"),
    "staff": ("/staff", ".st-key-sign-out"),
    "people": ("/people", ".st-key-invite button"),
    "answer-as-staff": ("/?p={p}", ".stage img"),
}
AA = {"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"}
# axe leaves the size of targets out unless it is told: WCAG 2.2 AA asks for 24 pixels, or room around them.
ALL_OF_AA = {"rules": {"target-size": {"enabled": True}}}
NIGHT = {"runOnly": ["color-contrast"]}  # the rest of the page is what it was by day
KINDS = {"en": ("en-GB", DESKTOP, "desktop"), "ko": ("ko-KR", PHONE, "phone")}


@dataclass(frozen=True, slots=True)
class Looker:
    """Somebody who opens pages: English at a desk, Korean on a phone."""

    person: Person
    language: str
    prediction: str

    def looks_at(self, name: str, pages: Mapping[str, tuple[str, str]]) -> None:
        """A page speaks one language and hinders nobody, by day and by night."""
        self._opens(*pages[name])
        self._fits_both_screens(name)
        assert foreign_words(self.person.page, self.language) == set()
        assert violations(self.person.page) == []
        self.person.page.emulate_media(color_scheme="dark")
        expect(self.person.page.locator(".stApp")).to_have_css("color-scheme", "dark")
        self.person.waits_until_it_stands_still()
        assert violations(self.person.page, NIGHT) == []

    def _fits_both_screens(self, name: str) -> None:
        """At a desk and on a phone, there with text twice as large too: nothing is cut, nothing covered."""
        page = self.person.page
        _, own, label = KINDS[self.language]
        for size, percent in ((DESKTOP, 100), (PHONE, 100), (PHONE, 200)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.evaluate(f"document.documentElement.style.fontSize = '{percent}%'")
            self.person.waits_until_it_stands_still()
            if size == own and percent == 100:
                self.person.shoots(f"{name}-{label}-{self.language}")
            assert out_of_sight(page) == []
        page.evaluate("document.documentElement.style.fontSize = ''")
        page.set_viewport_size({"width": own[0], "height": own[1]})

    def _opens(self, path: str, sign: str) -> None:
        self.person.opens(path.format(p=self.prediction))
        expect(self.person.page.locator(sign).last).to_be_visible()
        expect(self.person.page.get_by_test_id("stAppSkeleton")).to_have_count(0)


def a_looker(browser: Browser, house: House, language: str) -> tuple[Person, Looker]:
    """With a disliked and corrected answer of their own."""
    locale, size, _ = KINDS[language]
    person = Person(a_person(browser, house, size=size, locale=locale).new_page(), ARTIFACTS)
    prediction = person.inspects(jpeg_of(DARK, (640, 480)))
    person.dislikes()
    person.corrects("good")
    return person, Looker(person, language, prediction)


@pytest.fixture(scope="module", params=list(KINDS))
def resident(request: pytest.FixtureRequest, browser: Browser, house: House) -> Iterator[Looker]:
    """A visitor."""
    person, looker = a_looker(browser, house, str(request.param))
    yield looker
    person.page.context.close()


@pytest.fixture(scope="module", params=list(KINDS))
def employee(request: pytest.FixtureRequest, browser: Browser, house: House) -> Iterator[Looker]:
    """An administrator, with somebody else's answers to look at."""
    person, looker = a_looker(browser, house, str(request.param))
    [answer, *_] = corrected_answers(house.dsn, house.folder, 2)
    hire(house.dsn, f"looker-{looker.language}", Role.ADMIN)
    sign_in(person, f"looker-{looker.language}")
    expect(person.page.locator(".st-key-sign-out")).to_be_visible()
    yield Looker(person, looker.language, answer.id)
    person.page.context.close()


@pytest.fixture(autouse=True)
def by_day(request: pytest.FixtureRequest) -> None:
    """Each begins in the light."""
    looker = "employee" if "employee" in request.fixturenames else "resident"
    request.getfixturevalue(looker).person.page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_speaks_one_language_and_is_accessible(resident: Looker, name: str) -> None:
    resident.looks_at(name, PAGES)


@pytest.mark.slow
@pytest.mark.parametrize("name", STAFF_PAGES)
def test_a_page_of_the_staff_does_too(employee: Looker, name: str) -> None:
    employee.looks_at(name, STAFF_PAGES)


def violations(page: Page, options: Mapping[str, object] = ALL_OF_AA) -> list[str]:
    """What axe-core calls serious or critical, and all else that WCAG 2.2 AA forbids."""
    found = Axe().run(page, context={"exclude": [NOT_OURS]}, options=options).response["violations"]
    return [
        f"{violation['id']}: {[node['html'][:160] for node in violation['nodes']]}"
        for violation in found
        if violation["impact"] in ("serious", "critical") or AA & set(violation["tags"])
    ]
