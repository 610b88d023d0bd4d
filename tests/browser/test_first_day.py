"""The staff's first day, by clicks alone: a link, a name, a password, and what waits."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.person import Person
from tests.browser.rows import rows
from tests.browser.staff import PASSWORD, ROOT, corrected_answers
from tests.browser.test_every_page import violations
from tests.fixtures.stores import kept_in
from tyreloop.domain.staff import Role
from tyreloop.store.db import Database
from tyreloop.use_cases.staff import invite_staff_member


@pytest.fixture
def first_link(house: House) -> str:
    """As the installer prints it."""
    with closing(Database(house.dsn)) as database:
        secret = invite_staff_member(
            Role.ADMIN, valid_for=timedelta(hours=1), by=ROOT, using=kept_in(database)
        )
    return f"/staff?invite={secret}"


def joins(person: Person, link: str, name: str) -> None:
    person.opens(link)
    person.waits_until_it_stands_still()
    fields = person.page.locator("[data-testid=stTextInput] input")
    fields.nth(0).fill(name)
    fields.nth(1).fill(PASSWORD)
    person.page.locator("[data-testid=stFormSubmitButton] button").click()
    expect(person.page.locator(".st-key-sign-out")).to_be_visible()


def test_an_administrator_joins_and_invites_a_reviewer(
    alice: Person, minji: Person, house: House, first_link: str
) -> None:
    corrected_answers(house.dsn, house.folder, 2)
    joins(alice, first_link, "first-admin")
    expect(alice.page.get_by_role("heading", name="Your work")).to_be_visible()
    expect(alice.page.get_by_text("wait for a review")).to_be_visible()
    alice.shoots("staff-home-desktop-en")
    alice.page.locator("[data-testid=stPageLink] a[href*='people']").last.click()
    alice.page.locator(".st-key-invite button").click()
    link = alice.page.locator("[data-testid=stCode] code")
    expect(link).to_contain_text("/staff?invite=")
    alice.shoots("people-desktop-en")
    assert violations(alice.page) == []

    joins(minji, "/staff?" + (link.text_content() or "").strip().partition("?")[2], "first-reviewer")
    expect(minji.page.get_by_text("검토를 기다리는 결과")).to_be_visible()
    minji.shoots("staff-home-phone-ko")
    asked = "SELECT name, role FROM users WHERE name LIKE 'first-%%' ORDER BY name"
    assert rows(house.dsn, asked) == [("first-admin", "admin"), ("first-reviewer", "reviewer")]


def test_a_link_that_was_used_is_told_so(alice: Person, minji: Person, first_link: str) -> None:
    joins(alice, first_link, "second-admin")
    minji.opens(first_link)
    expect(minji.page.get_by_text("이미 썼거나 기한이 지났거나")).to_be_visible()


def test_the_door_of_the_staff_is_in_the_menu(minji: Person) -> None:
    minji.opens()
    minji.page.locator(".st-key-staff-door a").click()
    expect(minji.page.get_by_role("heading", name="로그인")).to_be_visible()
