"""The pages alone, with no service and no database: each says what is away and still stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ARTIFACTS, DESKTOP, a_person
from tests.browser.house import House, running_pages_alone
from tests.browser.person import Person
from tests.vision.bundles import BRIGHT, jpeg_of


@pytest.fixture(scope="module")
def lonely_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_pages_alone(tmp_path_factory.mktemp("lonely")) as house:
        yield house


@pytest.fixture
def alice(browser: Browser, lonely_house: House) -> Iterator[Person]:
    context = a_person(browser, lonely_house, size=DESKTOP, locale="en-GB")
    yield Person(context.new_page(), ARTIFACTS)
    context.close()


def test_a_photo_without_a_service_gets_a_sentence(alice: Person) -> None:
    alice.opens()
    alice.chooses(jpeg_of(BRIGHT))
    alice.predict_button.click()
    expect(alice.page.get_by_text("Your photo is fine; try again in a moment.")).to_be_visible()
    expect(alice.page.get_by_text("Number of this request")).to_be_visible()
    expect(alice.page.get_by_text("The database does not answer now.")).to_be_visible()
    alice.shoots("everything-away-desktop-en")


@pytest.mark.parametrize("path", ["/history", "/insights", "/receipt?p=0123456789abcdef0123456789abcdef"])
def test_a_page_without_a_database_says_so(alice: Person, path: str) -> None:
    alice.opens(path)
    expect(alice.page.get_by_text("Try again in a moment.").first).to_be_visible()
    expect(alice.page.get_by_role("heading", level=1)).to_be_visible()
    expect(alice.page.get_by_test_id("stException")).to_have_count(0)
