"""What the pages say at this moment, read in a real browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, expect, sync_playwright

from streamlit_ui.visitor_cookie import NAME, VisitorSigner
from tests.browser.conftest import ARTIFACTS, PATIENCE_MS, PROGRAM, QUIET
from tests.browser.house import SECRET
from tests.browser.person import Person
from tests.browser.staff import expect_signed_in, hire, sign_in
from tyreloop.domain.photos import Visitor
from tyreloop.domain.staff import Role


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a house; where no browser is installed, nobody looks at them."""

    url: str

    def release_page_says(
        self, dsn: Mapping[str, Any], *sentences: str, production: int, changed: int
    ) -> None:
        """Somebody signs in as a scientist and reads."""
        hire(dsn, "jo", Role.SCIENTIST)
        self._look(lambda person: _read_release(person, sentences, production, changed))

    def receipt_says(self, prediction_id: str, visitor: str, *sentences: str) -> None:
        """The visitor opens their receipt, and asks the model of now."""
        self._look(lambda person: _read_receipt(person, prediction_id, sentences), visitor=visitor)

    def _look(self, read: Any, *, visitor: str | None = None) -> None:
        if PROGRAM is None:
            return
        expect.set_options(timeout=PATIENCE_MS)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(QUIET))
            context = browser.new_context(base_url=self.url, locale="en-GB")
            context.set_default_timeout(PATIENCE_MS)
            if visitor is not None:
                _be(context, visitor, self.url)
            read(Person(context.new_page(), ARTIFACTS))
            browser.close()


def _be(context: BrowserContext, visitor: str, url: str) -> None:
    value = VisitorSigner(SECRET).sign(Visitor(visitor))
    context.add_cookies([{"name": NAME, "value": value, "url": url}])


def _read_release(person: Person, sentences: tuple[str, ...], production: int, changed: int) -> None:
    sign_in(person, "jo")
    expect_signed_in(person, "jo")
    person.opens("/release")
    for sentence in sentences:
        expect(person.page.locator(".stMain")).to_contain_text(sentence)
    expect(person.page.locator(".st-key-versions")).to_contain_text(f"{production} (In Production)")
    person.picks("release_chosen", f"Version {changed}")
    better = person.page.locator(f".st-key-candidate-{changed}")
    better.get_by_text("What its exam changed").click()
    expect(better.locator("[class*='-fixed'] img").first).to_be_visible()
    person.shoots("loop-release-desktop-en")


def _read_receipt(person: Person, prediction_id: str, sentences: tuple[str, ...]) -> None:
    person.opens(f"/receipt?p={prediction_id}")
    person.page.locator(".st-key-ask-again button").click()
    for sentence in sentences:
        expect(person.page.locator(".stMain")).to_contain_text(sentence)
    person.shoots("loop-receipt-desktop-en")
