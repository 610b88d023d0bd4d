"""The main path in a real browser: photo, verdict, vote, another vote, reload."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.heat import expects_heat_on_the_right, half_dark_photo
from tests.browser.house import House
from tests.browser.person import AT_REST, DOWN, Person
from tests.browser.rows import rows, votes_on
from tests.vision.bundles import DARK, jpeg_of

PASTE = """(photo) => {
  const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], "image.jpg", { type: "image/jpeg" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="session")
def dark_photo() -> bytes:
    """Damaged, says the small model."""
    return jpeg_of(DARK, (1600, 1200))


def test_a_photo_gets_a_verdict_and_the_last_vote_stands(
    alice: Person, minji: Person, house: House, dark_photo: bytes
) -> None:
    prediction = alice.inspects(dark_photo)
    reason = alice.page.get_by_text("Take it as a hint")  # all of the photo is equally dark
    expect(alice.verdict).to_contain_text("looks damaged")
    expect(reason).to_be_visible()
    expect(alice.page.get_by_test_id("stFileUploader")).to_have_count(0)
    expect(alice.page.locator(".st-key-preview")).to_have_count(0)
    alice.likes()
    assert votes_on(house.dsn, prediction) == [True]
    alice.page.locator(".st-key-undo-vote button").click()
    alice.expects_thumb(None)
    assert votes_on(house.dsn, prediction) == [None]
    alice.dislikes()
    expect(alice.verdict).to_be_visible()
    alice.reloads()
    alice.expects_thumb(DOWN)
    expect(reason).to_be_visible()
    assert votes_on(house.dsn, prediction) == [False]
    alice.shoots("inspect-disliked-desktop-en")

    minji.opens(f"/?p={prediction}")
    expect(minji.page.get_by_text("그런 결과가 없습니다")).to_be_visible()  # it is nobody else's
    expect(minji.verdict).to_have_count(0)

    alice.page.locator(".st-key-another button").click()
    expect(alice.page.locator("input[type=file]")).to_have_count(1)
    expect(alice.verdict).to_have_count(0)


def test_the_language_is_remembered(minji: Person) -> None:
    minji.opens()
    expect(minji.page.get_by_role("heading", name="이 타이어, 괜찮을까요?")).to_be_visible()
    minji.page.get_by_text("English").click()
    expect(minji.page.get_by_role("heading", name="Is this tyre all right?")).to_be_visible()
    minji.page.reload()
    expect(minji.page.get_by_role("heading", name="Is this tyre all right?")).to_be_visible()


def test_the_heat_lies_on_the_damage_and_is_there_again_after_a_reload(alice: Person) -> None:
    alice.inspects(half_dark_photo())
    expects_heat_on_the_right(alice.page.locator(".stage"))
    alice.page.locator("figure input[type=range]").fill("0")
    expect(alice.page.locator(".stage canvas")).to_have_css("opacity", "0")
    alice.reloads()
    expects_heat_on_the_right(alice.page.locator(".stage"))
    alice.shoots("inspect-heat-desktop-en")


def test_the_preview_comes_with_the_page_and_lies_nowhere_that_others_could_ask(minji: Person) -> None:
    minji.opens()
    minji.chooses(jpeg_of(DARK, (900, 1200)))
    preview = minji.page.locator(".st-key-preview img")
    expect(preview).to_have_attribute("src", re.compile("^data:image/jpeg"))
    expect(preview).not_to_have_js_property("naturalWidth", 0)


def test_a_photo_is_pasted(alice: Person) -> None:
    alice.opens()
    expect(alice.page.locator("input[type=file]")).to_have_count(1)
    alice.page.evaluate(PASTE, b64encode(jpeg_of(DARK)).decode())
    expect(alice.page.locator(".st-key-preview img")).to_be_visible()
    alice.predicts()
    expect(alice.verdict).to_contain_text("looks damaged")


def test_several_photos_go_to_the_page_for_many(alice: Person) -> None:
    files = [
        FilePayload(name=f"{number}.jpg", mimeType="image/jpeg", buffer=jpeg_of(DARK + number, (320, 240)))
        for number in range(3)
    ]
    alice.opens()
    alice.page.set_input_files("input[type=file]", files=files)
    alice.page.get_by_role("button", name="Predict 3 photos").click()
    alice.page.wait_for_url("**/many")
    expect(alice.page.get_by_text("Looks damaged 3")).to_be_visible()


def test_what_is_said_about_a_sample_is_not_counted(alice: Person, house: House) -> None:
    alice.opens()
    alice.page.locator(".st-key-try-good button").click()
    expect(alice.verdict).to_be_visible()
    alice.page.wait_for_url("**/?p=*")
    alice.likes()
    asked = "SELECT is_demo FROM predictions JOIN votes ON prediction_id = id WHERE id = %s"
    assert rows(house.dsn, asked, alice.prediction_id) == [(True,)]
    alice.reloads()
    expect(alice.page.locator(".stage img")).to_be_visible()


def test_a_photo_that_is_not_to_be_kept_is_stored_nowhere(alice: Person, house: House) -> None:
    alice.opens()
    alice.chooses(jpeg_of(DARK, (1203, 901)))  # a picture that nobody else shows
    alice.page.evaluate(AT_REST)  # the photo is made smaller meanwhile, and the page drawn anew
    alice.page.locator(".st-key-keep-photo label").click()
    expect(alice.page.locator(".st-key-keep-photo input")).not_to_be_checked()
    prediction = alice.predicts()
    alice.dislikes()
    kept = "SELECT keep_photo, state, photos.id FROM photos JOIN predictions ON photo_id = photos.id"
    [(keep_photo, state, photo)] = rows(house.dsn, f"{kept} WHERE predictions.id = %s", prediction)
    assert (keep_photo, state) == (False, "gone")
    assert not list(house.folder.rglob(f"*{photo}*"))


def test_a_part_of_a_page_that_did_not_arrive_opens_the_page_anew(alice: Person) -> None:
    opened: list[int] = []
    alice.page.on("domcontentloaded", lambda _: opened.append(1))
    alice.opens("/insights")
    expect(alice.page.locator(".st-key-insights-range button").first).to_be_visible()
    alice.waits_until_it_stands_still()
    assert len(opened) == 1
    opened.clear()
    alice.page.route("**/ButtonGroup.*.js", lambda route: route.continue_() if opened[1:] else route.abort())
    alice.opens("/insights")
    expect(alice.page.locator(".st-key-insights-range button").first).to_be_visible()
    assert len(opened) == 2
