"""A phone in the hand: the main act is in sight, the verdict comes first, a photo travels small."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from playwright.sync_api import FilePayload, expect

from streamlit_ui.texts import Language, texts_in
from tests.browser.house import House
from tests.browser.person import Person
from tests.browser.staff import hire, sign_in
from tests.ui.test_refusal_view import WRONG_FILES
from tests.vision.bundles import DARK, jpeg_of
from tyreloop.domain.staff import Role
from tyreloop.vision.bundle import load_bundle
from tyreloop.vision.pipeline import judge

REPOSITORY = Path(__file__).parents[2]
SIZES = [(320, 568), (360, 740), (390, 844), (844, 390)]
# Where an element lies within the window, and whether a finger at its middle touches it and nothing above it.
REACHED = """(element) => {
  const box = element.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const isInside = box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
  const found = document.elementFromPoint(x, y);
  return isInside && Boolean(found) && (element === found || element.contains(found));
}"""
# The act that each page is for, as it is found when the page opens.
ACTS = {
    "/": "[data-testid=stFileUploaderDropzone] button",
    "/many": "[data-testid=stFileUploaderDropzone] button",
    "/history": ".st-key-main-act-again a",
    "/insights": ".st-key-insights-range button",
    "/sign_in": "[data-testid=stTextInput] input",
}
STAFF_ACTS = {"/datasets": ".st-key-freeze button", "/learn": ".st-key-order-training button"}


def expect_reached(person: Person, selector: str) -> None:
    """In sight, and nothing lies above it."""
    act = person.page.locator(selector).first
    expect(act).to_be_visible()
    person.waits_until_it_stands_still()
    person.page.wait_for_function(REACHED, arg=act.element_handle())


def expect_reached_on_each_phone(person: Person, selector: str, *, percents: Sequence[int]) -> None:
    """Upright, lying and small; with text as large as people set it."""
    for width, height in SIZES:
        person.page.set_viewport_size({"width": width, "height": height})
        for percent in percents:
            person.page.evaluate(f"document.documentElement.style.fontSize = '{percent}%'")
            expect_reached(person, selector)


def test_from_a_portrait_photo_to_the_thumbs_and_on_each_page_nothing_is_scrolled(
    minji: Person, house: House
) -> None:
    minji.opens()
    minji.chooses(jpeg_of(DARK, (900, 1200)))
    expect_reached_on_each_phone(minji, ".st-key-predict button", percents=(200, 100))
    minji.predicts()
    expect_reached_on_each_phone(minji, "[class*='st-key-verdict-'] h2", percents=(100,))
    expect_reached_on_each_phone(minji, ".st-key-thumbs [role=radio]", percents=(200, 100))
    expect_the_verdict_above_the_photo(minji)

    for path, act in ACTS.items():
        minji.opens(path)
        # Insights is to be read: with large text its pickers may be scrolled to.
        expect_reached_on_each_phone(minji, act, percents=(100,) if path == "/insights" else (100, 200))

    hire(house.dsn, "phone", Role.SCIENTIST)
    sign_in(minji, "phone")
    expect(minji.page.locator(".st-key-sign-out")).to_be_visible()
    for path, act in STAFF_ACTS.items():
        minji.opens(path)
        expect_reached_on_each_phone(minji, act, percents=(100,))


def expect_the_verdict_above_the_photo(person: Person) -> None:
    """Where the two do not stand side by side."""
    top = "(one) => one.getBoundingClientRect().top"
    for width, height in SIZES:
        person.page.set_viewport_size({"width": width, "height": height})
        person.waits_until_it_stands_still()
        is_beside = width > 640
        assert is_beside or person.verdict.evaluate(top) < person.page.locator(".stage").evaluate(top)


def camera_photo() -> bytes:
    """Twelve megapixels, held upright, with the place where it was taken."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Camera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (37.0, 33.0, 0.0)
    kept = BytesIO()
    with Image.open(REPOSITORY / "streamlit_ui" / "samples" / "cracked.jpg") as picture:
        picture.resize((4000, 3000)).save(kept, "JPEG", quality=95, exif=exif)
    return kept.getvalue()


# Chromium shows nobody the body of an upload: the page itself keeps what it sends.
KEEPS_UPLOADS = """
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    const parts = body instanceof FormData ? [...body.values()] : [];
    window.sent = parts.find((part) => part instanceof File) ?? window.sent;
    return send.call(this, body);
  };
"""
SENT = "async () => [...new Uint8Array(await window.sent.arrayBuffer())]"


def test_a_photo_travels_small_upright_and_without_its_place_and_its_answer_stays(minji: Person) -> None:
    minji.page.add_init_script(KEEPS_UPLOADS)
    minji.opens()
    minji.waits_until_it_stands_still()
    whole = camera_photo()
    minji.chooses(whole)
    sent = bytes(minji.page.evaluate(SENT))
    with Image.open(BytesIO(sent)) as picture:
        assert picture.size == (1200, 1600)
        assert not picture.getexif()
    assert len(sent) <= 250_000
    demo = load_bundle(REPOSITORY / "mlflow" / "demo", 1)
    shares = [judge(photo, demo).probabilities["defective"] for photo in (whole, sent)]
    assert shares[0] == pytest.approx(shares[1], abs=0.03)
    minji.predicts()


def test_a_dark_or_blurred_photo_is_named_before_it_is_judged(alice: Person) -> None:
    alice.opens()
    alice.chooses(jpeg_of(4, (900, 700)))
    expect(alice.page.get_by_text("This photo is dark.")).to_be_visible()
    blurred = BytesIO()
    Image.linear_gradient("L").resize((900, 900)).convert("RGB").save(blurred, "JPEG")
    alice.opens()
    alice.chooses(blurred.getvalue())
    expect(alice.page.get_by_text("This photo looks blurred.")).to_be_visible()


def test_judge_at_once_is_remembered(minji: Person) -> None:
    minji.opens()
    minji.page.locator(".st-key-at-once label").click()
    minji.page.wait_for_function("() => document.cookie.includes('tyreloop_at_once=1')")
    minji.opens()
    file = FilePayload(name="tyre.jpg", mimeType="image/jpeg", buffer=jpeg_of(DARK, (800, 600)))
    minji.page.set_input_files("input[type=file]", files=[file])
    expect(minji.verdict).to_be_visible()


@pytest.mark.parametrize("who", ["alice", "minji"])
def test_each_wrong_file_gets_a_visible_sentence(who: str, request: pytest.FixtureRequest) -> None:
    """Half of them in English, half in Korean: which sentence it is, is tested in both without a browser."""
    person: Person = request.getfixturevalue(who)
    say = texts_in(Language.ENGLISH if who == "alice" else Language.KOREAN)
    person.opens()
    person.waits_until_it_stands_still()
    for kind, (name, data) in list(WRONG_FILES.items())[who == "minji" :: 2]:
        file = FilePayload(name=name, mimeType="application/octet-stream", buffer=data)
        person.page.set_input_files("input[type=file]", files=[file])
        expect(person.page.get_by_text(say(f"refused.{kind}"))).to_be_visible()
        expect(person.predict_button).to_have_count(0)
        person.page.get_by_test_id("stFileChips").get_by_role("button").first.click()
        expect(person.page.get_by_test_id("stFileChips")).to_have_count(0)
        person.waits_until_it_stands_still()


def test_a_file_that_is_too_large_is_refused_before_it_travels(minji: Person) -> None:
    minji.opens()
    minji.waits_until_it_stands_still()
    large = FilePayload(name="large.jpg", mimeType="image/jpeg", buffer=bytes(20_500_000))
    minji.page.set_input_files("input[type=file]", files=[large])
    said = texts_in(Language.KOREAN)("advice.too_large").replace("{megabytes}", "20")
    expect(minji.page.get_by_text(said)).to_be_visible()
    minji.shoots("refused-too-large-ko")
