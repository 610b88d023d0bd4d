"""Staff in a real browser: signing in, and reviewing by keyboard."""

from __future__ import annotations

from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.person import Person
from tests.browser.rows import rows, take_answers_out_of_all_hands
from tests.browser.staff import (
    comes_to_work,
    corrected_answers,
    expect_signed_in,
    hire,
    reviewed_answers,
    sign_in,
)
from tests.vision.bundles import DARK, jpeg_of
from tyreloop.domain.datasets import INBOX
from tyreloop.domain.staff import Role

REVIEWS = 15  # several times as many as a page holds ready; `python -m benchmarks.reviews` does fifty


def test_a_visitor_finds_no_page_of_the_staff(alice: Person) -> None:
    alice.opens("/")
    expect(alice.page.get_by_role("link", name="Inspect")).to_be_visible()
    expect(alice.page.get_by_role("link", name="Review")).to_have_count(0)
    alice.page.goto("/review")
    expect(alice.page.locator("[class*='st-key-review-item-']")).to_have_count(0)
    expect(alice.page.get_by_text("There is no such page")).to_be_visible()


def test_who_signed_in_stays_so_and_signs_out_everywhere(alice: Person, house: House) -> None:
    hire(house.dsn, "choi", Role.SCIENTIST)
    sign_in(alice, "choi", "not the right password")
    expect(alice.page.get_by_text("The name or the password is not right")).to_be_visible()
    assert [cookie["name"] for cookie in alice.page.context.cookies()].count("tyreloop_staff") == 0
    sign_in(alice, "choi")
    expect_signed_in(alice, "choi")
    expect(alice.page.locator("a[href*='people']")).to_have_count(0)
    alice.opens("/people")
    expect(alice.page.get_by_text("There is no such page")).to_be_visible()  # a scientist may not
    [cookie] = [cookie for cookie in alice.page.context.cookies() if cookie["name"] == "tyreloop_staff"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    alice.opens("/sign_in")
    expect_signed_in(alice, "choi")
    alice.page.locator(".st-key-sign-out button").click()
    expect(alice.page.get_by_role("textbox", name="Password")).to_be_visible()
    alice.page.context.add_cookies([cookie])
    alice.opens("/sign_in")
    expect(alice.page.get_by_role("textbox", name="Password")).to_be_visible()


NEXT_KEYS = """decided => document.querySelector(".stApp[data-test-script-state='notRunning']") &&
    [...document.querySelectorAll("[class*='st-key-review-skip-']")]
    .flatMap(key => [...key.classList])
    .find(name => name.startsWith("st-key-review-skip-") && !decided.includes(name))"""


def decide_next(reviewer: Person, key: str, decided: set[str]) -> str:
    """Press a key once, when a photo that was not decided yet is on the screen and the page stands still."""
    shown = reviewer.page.wait_for_function(NEXT_KEYS, arg=list(decided)).json_value()
    reviewer.waits_until_it_stands_still()
    reviewer.page.keyboard.press(key)
    return str(shown)


def test_a_reviewer_opens_the_link_of_a_visitor_and_speaks_not_in_their_name(
    alice: Person, minji: Person, house: House
) -> None:
    prediction = minji.inspects(jpeg_of(DARK, (640, 480)))
    minji.dislikes()
    comes_to_work(alice, house.dsn, "lee", Role.REVIEWER)
    alice.opens(f"/?p={prediction}")
    expect(alice.verdict).to_contain_text("looks damaged")
    expect(alice.page.get_by_text("The visitor does not like this answer.")).to_be_visible()
    expect(alice.page.locator(".st-key-thumbs")).to_have_count(0)


@pytest.mark.slow
def test_corrections_are_reviewed_by_keyboard(alice: Person, house: House) -> None:
    corrected_answers(house.dsn, house.folder, REVIEWS)
    take_answers_out_of_all_hands(house.dsn)
    [(waiting,)] = rows(house.dsn, "SELECT count(*) FROM open_reviews")
    comes_to_work(alice, house.dsn, "kim", Role.REVIEWER)
    alice.opens("/review")
    expect(alice.page.locator("[class*='st-key-review-item-']")).to_have_count(1)
    alice.shoots("review-desktop-en")
    decided: set[str] = set()
    for number in range(waiting):
        decided.add(decide_next(alice, "gdn"[number % 3], decided))
    expect(alice.page.get_by_text("Nothing waits for a review.")).to_be_visible()
    assert waiting >= REVIEWS
    assert rows(house.dsn, "SELECT count(*) FROM reviews WHERE reviewer = %s", "user:kim") == [(waiting,)]
    alice.page.keyboard.press("z")
    expect(alice.page.locator("[class*='st-key-review-item-']")).to_have_count(1)


def photos_taken_along(scientist: Person, name: str) -> list[str]:
    """The photos in the zip of a dataset that the page hands out."""
    page = scientist.page
    scientist.picks("dataset_chosen", name)
    with page.expect_download() as download:
        page.locator(f".st-key-download-{name} button").click()
    return [file for file in ZipFile(download.value.path()).namelist() if file.endswith(".jpg")]


def test_a_dataset_that_was_taken_along_is_brought_in_again(alice: Person, house: House) -> None:
    reviewed_answers(house.dsn, house.folder, 2)
    comes_to_work(alice, house.dsn, "ann", Role.SCIENTIST)
    alice.opens("/datasets")
    page = alice.page
    alice.waits_until_it_stands_still()
    with page.expect_download() as download:
        page.locator(f".st-key-download-{INBOX} button").click()
    taken = house.folder / "taken.zip"
    download.value.save_as(taken)
    page.get_by_text("Import a dataset").click()
    expect(page.get_by_role("button", name="Choose a zip file")).to_be_visible()
    alice.shoots("datasets-import-desktop-en")
    page.locator(".st-key-dataset_import_name input").fill("brought-in")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("No file has arrived yet.")).to_be_visible()
    expect(page.locator(".st-key-dataset_import_name input")).to_have_value("brought-in")
    alice.waits_until_it_stands_still()
    with page.expect_response("**/upload_file/**") as arrived:
        page.locator(".st-key-zip-chooser input[type=file]").set_input_files(taken)
    assert arrived.value.ok, (arrived.value.status, arrived.value.text(), taken.stat().st_size)
    alice.waits_until_it_stands_still()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator(".st-key-download-brought-in")).to_be_visible()
    inside = "SELECT count(*) FROM dataset_items JOIN datasets ON datasets.id = dataset_id WHERE name = %s"
    [(photos,)] = rows(house.dsn, inside, "brought-in")
    assert photos >= 2


@pytest.mark.slow
def test_a_scientist_freezes_orders_a_training_and_sees_what_is_released(alice: Person, house: House) -> None:
    reviewed_answers(house.dsn, house.folder, 3)
    comes_to_work(alice, house.dsn, "sue", Role.SCIENTIST)
    alice.opens("/datasets")
    alice.page.locator(".st-key-dataset_name input").fill("by-browser")
    alice.page.keyboard.press("Tab")
    alice.page.locator(".st-key-freeze button").click()
    expect(alice.page.get_by_text("Reviewed photos in the inbox: 0")).to_be_visible()
    assert len(photos_taken_along(alice, "by-browser")) >= 3
    alice.shoots("datasets-desktop-en")
    alice.opens("/learn")
    expect(alice.page.get_by_text("Too few photos")).to_be_visible()
    expect(alice.page.locator(".st-key-order-training button")).to_be_disabled()
    alice.picks("learn_recipe", "demo")
    alice.picks("learn_dataset", "drawn tyres")
    alice.page.locator(".st-key-order-training button").click()
    job = alice.page.locator("[class*='st-key-job-']").first
    expect(job).to_contain_text("waiting")
    alice.shoots("learn-desktop-en")
    job.get_by_role("button", name="Stop").click()
    expect(job).to_contain_text("stopped")
    alice.opens("/release")
    expect(alice.page.locator(".st-key-candidate-1")).to_contain_text("This version is in Production.")
    alice.shoots("release-desktop-en")
