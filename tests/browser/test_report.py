"""A report in a real browser: made by a press, opened by its link, taken back by another press."""

from __future__ import annotations

from io import BytesIO

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from streamlit_ui.texts import Language, texts_in
from tests.browser.person import Person
from tests.vision.bundles import DARK, jpeg_of


@pytest.mark.parametrize(("who", "language"), [("alice", "en"), ("minji", "ko")])
def test_a_report_is_made_opened_and_taken_back(
    who: str, language: str, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(who)
    say = texts_in(Language(language))
    person.inspects(jpeg_of(DARK, (900, 700)))
    person.page.locator(".st-key-make-report button").click()
    made = person.page.locator(".st-key-report-made")
    expect(made).to_be_visible()
    person.shoots(f"report-made-{language}")
    path = made.get_by_role("link").first.get_attribute("href") or ""

    answer = person.page.request.get(path)
    assert answer.headers["content-type"] == "application/pdf"
    words = " ".join(PdfReader(BytesIO(answer.body())).pages[0].extract_text().split())
    assert say("verdict.defective.headline") in words
    assert say("report.limit_photo") in words

    person.opens("/history")
    person.waits_until_it_stands_still()
    person.page.get_by_text(say("report.yours")).click()
    person.shoots(f"history-with-report-{language}")
    person.page.locator("[class*='st-key-take-back-'] button").click()
    expect(person.page.get_by_text(say("report.taken_back"))).to_be_visible()
    gone = person.page.request.get(path)
    assert gone.status == 410
    assert say("report.gone") in gone.text()
