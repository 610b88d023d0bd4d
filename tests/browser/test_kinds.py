"""What is damaged, where, and what to do: on the photo, in words, and corrected with one touch."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.heat import half_dark_photo
from tests.browser.house import House
from tests.browser.person import Person
from tests.browser.rows import rows
from tyreloop.domain.damage import DamageKind, advice_on

KINDS_SAID = "SELECT label, kinds FROM corrections WHERE prediction_id = %s"


def expects_a_line_around_the_right_half(stage: Locator) -> None:
    line, photo = stage.locator("svg polygon.line"), stage.locator("img")
    expect(line).to_have_count(1)
    around, whole = line.bounding_box(), photo.bounding_box()
    assert around is not None
    assert whole is not None
    assert abs(around["x"] - (whole["x"] + whole["width"] / 2)) < 0.1 * whole["width"]
    assert around["width"] > 0.4 * whole["width"]
    assert around["height"] > 0.9 * whole["height"]


def test_a_damage_is_outlined_named_and_explained_and_a_kind_is_corrected_with_one_touch(
    alice: Person, minji: Person, house: House
) -> None:
    prediction = alice.inspects(half_dark_photo())
    card = alice.page.locator("[class*='st-key-verdict-']")
    expect(card).to_contain_text("Crack")
    expect(card).to_contain_text(advice_on(DamageKind.CRACK, "en").sentence)
    expects_a_line_around_the_right_half(alice.page.locator(".stage"))

    alice.dislikes()
    kinds = alice.page.locator("[class*='st-key-kinds-']")
    kinds.get_by_role("button", name="Bulge").click()
    expect(alice.page.locator("a[href*='receipt']")).to_be_visible()
    assert rows(house.dsn, KINDS_SAID, prediction) == [("defective", ["bulge"])]
    kinds.get_by_role("button", name="Cut").click()
    expect(kinds.locator("button[aria-pressed=true], button[aria-checked=true]")).to_have_count(2)
    alice.reloads()
    expects_a_line_around_the_right_half(alice.page.locator(".stage"))
    alice.shoots("kinds-desktop-en")

    alice.page.locator("a[href*='receipt']").click()
    expect(alice.page.get_by_text("The tyre is damaged: Bulge, Cut")).to_be_visible()
    alice.shoots("kinds-receipt-desktop-en")
    assert rows(house.dsn, KINDS_SAID, prediction) == [("defective", ["bulge", "cut"])]

    minji.inspects(half_dark_photo())
    expect(minji.page.locator("[class*='st-key-verdict-']")).to_contain_text("갈라짐")
    minji.dislikes()
    minji.shoots("kinds-phone-ko")
