"""A driver's first minute: photo, verdict, vote, the kind corrected, the report; with and without a pointer.

`python -m pytest tests/browser/test_first_minute.py --every-size` walks it at each size, in both languages,
by day and by night: twenty times.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import product

import pytest
from playwright.sync_api import Browser, FilePayload, expect
from pypdf import PdfReader

from streamlit_ui.texts import Language, Texts, texts_in
from tests.browser.conftest import ARTIFACTS, DESKTOP, PATIENCE_MS, PHONE
from tests.browser.heat import half_dark_photo
from tests.browser.house import House
from tests.browser.person import DOWN, Person
from tests.browser.rows import rows, votes_on

SIZES = [(320, 568), (360, 740), PHONE, (844, 390), DESKTOP]
DAY_AND_NIGHT = ("light", "dark")
ALWAYS = [(PHONE, "ko", "dark"), (DESKTOP, "en", "light")]
KINDS_SAID = "SELECT kinds FROM corrections WHERE prediction_id = %s"
BULGE = 1  # its place among the kinds


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "driver" in metafunc.fixturenames:
        every = list(product(SIZES, Language, DAY_AND_NIGHT))
        chosen = every if metafunc.config.getoption("--every-size", default=False) else ALWAYS
        names = [f"{width}x{height}-{language}-{light}" for (width, height), language, light in chosen]
        metafunc.parametrize("driver", chosen, ids=names, indirect=True)


@pytest.fixture
def driver(request: pytest.FixtureRequest, browser: Browser, house: House) -> Iterator[tuple[Person, Texts]]:
    (width, height), language, light = request.param
    is_phone = (width, height) != DESKTOP
    context = browser.new_context(
        viewport={"width": width, "height": height},
        is_mobile=is_phone,
        has_touch=is_phone,
        locale="ko-KR" if language == "ko" else "en-GB",
        color_scheme=light,
        base_url=house.url,
    )
    context.set_default_timeout(PATIENCE_MS)
    yield Person(context.new_page(), ARTIFACTS), texts_in(Language(language))
    context.close()


def test_from_a_photo_to_a_report_that_is_taken_back(driver: tuple[Person, Texts], house: House) -> None:
    person, say = driver
    prediction = person.inspects(half_dark_photo())
    person.dislikes()
    person.page.locator("[class*='st-key-kinds-'] button").nth(BULGE).click()
    expect(person.page.locator("a[href*='receipt']")).to_be_visible()
    assert rows(house.dsn, KINDS_SAID, prediction) == [(["bulge"],)]
    person.page.locator(".st-key-make-report button").click()
    made = person.page.locator(".st-key-report-made")
    expect(made).to_be_visible()
    person.shoots(f"report-made-{say.language}")
    path = made.get_by_role("link").first.get_attribute("href") or ""

    answer = person.page.request.get(path)
    assert answer.headers["content-type"] == "application/pdf"
    words = " ".join(PdfReader(BytesIO(answer.body())).pages[0].extract_text().split())
    for sentence in ("verdict.defective.headline", "report.outline", "report.limit_photo"):
        assert say(sentence) in words

    person.opens("/history")
    person.waits_until_it_stands_still()
    person.page.get_by_text(say("report.yours")).click()
    person.page.locator("[class*='st-key-take-back-'] button").click()
    expect(person.page.get_by_text(say("report.taken_back"))).to_be_visible()
    gone = person.page.request.get(path)
    assert gone.status == 410
    assert say("report.gone") in gone.text()


STANDS_OUT = """() => {
  const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement);
  return outlineStyle !== "none" || boxShadow !== "none";
}"""
LONG_MOTIONS = """() => document.getAnimations().filter(
  (one) => one.playState === "running" && one.effect.getComputedTiming().activeDuration > 1).length"""


def tabs_to(person: Person, selector: str) -> None:
    """By the keyboard alone; where one stands is seen."""
    person.waits_until_it_stands_still()
    for _ in range(40):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            assert person.page.evaluate(STANDS_OUT)
            return
    raise AssertionError(f"no Tab leads to {selector}")


def test_the_whole_way_needs_no_pointer_and_moves_for_nobody_who_minds(alice: Person, house: House) -> None:
    press = alice.page.keyboard.press
    alice.page.emulate_media(reduced_motion="reduce")
    photo = FilePayload(name="tyre.jpg", mimeType="image/jpeg", buffer=half_dark_photo())
    # From the start: where listening begins with the press, a busy browser opens its own window first.
    alice.page.on("filechooser", lambda chooser: chooser.set_files(photo))
    alice.opens()
    tabs_to(alice, "[data-testid=stFileUploaderDropzone] button")
    press("Enter")
    expect(alice.predict_button).to_be_enabled()
    tabs_to(alice, ".st-key-predict button")
    press("Enter")
    expect(alice.verdict).to_be_visible()
    alice.waits_until_it_stands_still()
    assert alice.page.evaluate(LONG_MOTIONS) == 0
    tabs_to(alice, ".st-key-thumbs [role=radio]")
    press("ArrowRight")
    press("Space")
    alice.expects_thumb(DOWN)
    assert votes_on(house.dsn, alice.prediction_id) == [False]
    tabs_to(alice, "[class*='st-key-kinds-'] button")
    press("Enter")
    expect(alice.page.locator("a[href*='receipt']")).to_be_visible()
    assert rows(house.dsn, KINDS_SAID, alice.prediction_id) == [(["crack"],)]
    tabs_to(alice, ".st-key-make-report button")
    press("Enter")
    expect(alice.page.locator(".st-key-report-made")).to_be_visible()
    tabs_to(alice, ".st-key-report-made a")
