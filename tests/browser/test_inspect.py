"""The main path in a real browser: photo, verdict, vote, another vote, reload."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.person import DOWN, Person
from tests.browser.rows import votes_on
from tests.vision.bundles import BRIGHT, DARK, jpeg_of


@pytest.fixture(scope="session")
def dark_photo() -> bytes:
    """Damaged, says the small model."""
    return jpeg_of(DARK, (1600, 1200))


def test_a_photo_gets_a_verdict_and_the_last_vote_stands(
    alice: Person, house: House, dark_photo: bytes
) -> None:
    prediction = alice.inspects(dark_photo)
    expect(alice.verdict).to_contain_text("looks damaged")
    alice.likes()
    assert votes_on(house.dsn, prediction) == [True]
    alice.dislikes()
    expect(alice.verdict).to_be_visible()
    alice.reloads()
    alice.expects_thumb(DOWN)
    assert votes_on(house.dsn, prediction) == [False]
    alice.shoots("inspect-disliked-desktop-en")


def test_a_vote_can_be_taken_back(alice: Person, house: House, dark_photo: bytes) -> None:
    prediction = alice.inspects(dark_photo)
    alice.likes()
    alice.page.locator(".st-key-undo-vote button").click()
    alice.expects_thumb(None)
    assert votes_on(house.dsn, prediction) == [None]


def test_nobody_else_can_open_an_answer(alice: Person, minji: Person, dark_photo: bytes) -> None:
    prediction = alice.inspects(dark_photo)
    minji.opens(f"/?p={prediction}")
    expect(minji.page.get_by_text("그런 결과가 없습니다")).to_be_visible()
    expect(minji.verdict).to_have_count(0)


def test_the_language_is_remembered(minji: Person) -> None:
    minji.opens()
    expect(minji.page.get_by_role("heading", name="이 타이어, 괜찮을까요?")).to_be_visible()
    minji.page.get_by_text("English").click()
    expect(minji.page.get_by_role("heading", name="Is this tyre all right?")).to_be_visible()
    minji.page.reload()
    expect(minji.page.get_by_role("heading", name="Is this tyre all right?")).to_be_visible()


def test_another_photo_begins_anew(minji: Person) -> None:
    minji.inspects(jpeg_of(BRIGHT))
    minji.page.locator(".st-key-another button").click()
    expect(minji.page.locator("input[type=file]")).to_have_count(1)
    expect(minji.verdict).to_have_count(0)
