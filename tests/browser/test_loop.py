"""From a wrong answer to its receipt; and what a visitor may do with what is theirs."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.heat import expects_heat_on_the_right, half_dark_photo
from tests.browser.house import House
from tests.browser.person import Person
from tests.browser.rows import rows
from tests.vision.bundles import DARK, jpeg_of


def test_a_dislike_a_right_label_and_its_place_lead_to_a_receipt(minji: Person, house: House) -> None:
    prediction = minji.inspects(jpeg_of(DARK, (800, 600)))
    minji.dislikes()
    minji.corrects("defective")
    photo = minji.page.locator(".stage.taps img")
    expect(photo).to_be_visible()
    photo.click(position={"x": 30, "y": 40})
    expect(minji.page.locator(".spot")).to_be_visible()
    expect(minji.page.get_by_text("사진에 위치를 표시했습니다.")).to_be_visible()
    asked = "SELECT label, spot_x BETWEEN 0 AND 0.5 FROM corrections WHERE prediction_id = %s"
    assert rows(house.dsn, asked, prediction) == [("defective", True)]
    minji.page.locator("a[href*='receipt']").click()
    expect(minji.page.locator(".st-key-receipt-steps")).to_contain_text("손상된 타이어입니다")
    minji.page.locator(".st-key-ask-again button").click()
    expect(minji.page.locator(".st-key-receipt-now")).to_be_visible()
    minji.shoots("receipt-asked-again-phone-ko")


def test_a_receipt_shows_the_heat_then_and_now(alice: Person) -> None:
    alice.inspects(half_dark_photo())
    alice.dislikes()
    alice.corrects("good")
    alice.page.locator("a[href*='receipt']").click()
    alice.page.locator(".st-key-ask-again button").click()
    for when in ("then", "now"):
        expects_heat_on_the_right(alice.page.locator(f".st-key-receipt-{when}"))
    alice.shoots("receipt-heat-desktop-en")


def test_a_photo_is_deleted_with_everything_about_it(alice: Person, house: House) -> None:
    prediction = alice.inspects(jpeg_of(60, (400, 300)))
    alice.likes()
    alice.opens("/history")
    alice.page.locator(f".st-key-row-{prediction} .st-key-del-{prediction} button").click()
    alice.page.locator(".st-key-delete-for-good button").click()
    expect(alice.page.get_by_text("The photo is deleted.")).to_be_visible()
    expect(alice.page.locator(f".st-key-row-{prediction}")).to_have_count(0)
    assert rows(house.dsn, "SELECT 1 FROM predictions WHERE id = %s", prediction) == []
    assert rows(house.dsn, "SELECT 1 FROM votes WHERE prediction_id = %s", prediction) == []
