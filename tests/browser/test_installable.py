"""The pages on a home screen: what makes them an app, and what is shown without a line."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from streamlit_ui.texts import Language, texts_in
from tests.browser.conftest import ARTIFACTS
from tests.browser.person import Person

NOT_THE_PAGES_FAULT = {"in-incognito"}  # each person of the tests has a browser of their own


@pytest.mark.parametrize("who", ["alice", "minji"])
def test_the_pages_can_be_installed_and_say_when_they_are_not_reached(
    who: str, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(who)
    say = texts_in(Language.ENGLISH if who == "alice" else Language.KOREAN)
    person.opens()
    person.waits_until_it_stands_still()
    line = person.page.context.new_cdp_session(person.page)
    found = line.send("Page.getAppManifest")
    assert found["errors"] == []
    assert json.loads(found["data"])["name"] == say("app.browser_title")
    person.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    errors = {error["errorId"] for error in line.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert errors <= NOT_THE_PAGES_FAULT

    person.page.context.set_offline(True)
    person.page.goto("/history")
    for language in Language:
        expect(person.page.get_by_role("heading", name=texts_in(language)("offline.title"))).to_be_visible()
    person.page.screenshot(path=ARTIFACTS / f"offline-{say.language}.png")
    person.page.context.set_offline(False)
    person.page.get_by_role("link").first.click()
    expect(person.page.locator(".st-key-top-line")).to_be_visible()
