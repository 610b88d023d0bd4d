"""The loop as people walk it, by clicks alone; the browser counts them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, expect, sync_playwright

from tests.browser.conftest import ARTIFACTS, DESKTOP, PATIENCE_MS, PROGRAM, QUIET
from tests.browser.person import Person
from tests.browser.staff import PASSWORD

COUNTED = "addEventListener('pointerdown', event => event.isTrusted && window.pressed(), true)"
TRAINING_MS = 400_000


@dataclass
class Clicks:
    """People in front of browsers of their own, and how often they pressed."""

    browser: Browser
    url: str
    count: int = 0

    def somebody(self) -> Person:
        context = self.browser.new_context(
            base_url=self.url, locale="en-GB", viewport={"width": DESKTOP[0], "height": DESKTOP[1]}
        )
        context.set_default_timeout(PATIENCE_MS)
        context.expose_function("pressed", self._press)
        context.add_init_script(COUNTED)
        return Person(context.new_page(), ARTIFACTS)

    def _press(self) -> None:
        self.count += 1

    def joins(self, link: str, name: str) -> Person:
        """Opens a one-time link, chooses a name and a password."""
        person = self.somebody()
        place = urlsplit(link)
        person.opens(f"{place.path}?{place.query}")
        person.waits_until_it_stands_still()
        person.page.locator("[data-testid=stTextInput] input").first.click()
        person.page.keyboard.type(name)
        person.page.keyboard.press("Tab")
        person.page.keyboard.type(PASSWORD)
        person.page.locator("[data-testid=stFormSubmitButton] button").click()
        expect(person.page.locator(".st-key-sign-out")).to_be_visible()
        return person

    def corrects(self, photo: bytes, label: str) -> tuple[Person, str]:
        """A visitor shows a photo, dislikes the answer and says what is right."""
        visitor = self.somebody()
        self.count += 1  # the system's own window, in which the photo is chosen
        prediction = visitor.inspects(photo)
        visitor.dislikes()
        visitor.corrects(label)
        return visitor, prediction


@contextmanager
def clicking(url: str) -> Iterator[Clicks]:
    """A browser that counts."""
    assert PROGRAM is not None
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(QUIET))
        yield Clicks(browser, url)
        browser.close()


def invites_a_reviewer(admin: Person) -> str:
    """The administrator's page of people makes a link."""
    goes_to(admin, "people")
    admin.page.locator(".st-key-invite button").click()
    link = admin.page.locator("[data-testid=stCode] code")
    expect(link).to_contain_text("/staff?invite=")
    return (link.text_content() or "").strip()


def agrees_with_visitors(reviewer: Person, times: int) -> None:
    """What may be a missed damage comes first: visitors say that it is one, and the reviewer sees it too."""
    goes_to(reviewer, "review")
    for _ in range(times):
        item = reviewer.page.locator("[class*='st-key-review-item-']")
        expect(item).to_contain_text("The visitor says: Damaged")
        reviewer.waits_until_it_stands_still()
        key = next(one for one in (item.get_attribute("class") or "").split() if "review-item-" in one)
        item.locator("[class*='st-key-review-defective-'] button").click()
        expect(reviewer.page.locator(f".{key}")).to_have_count(0)


def freezes(scientist: Person) -> str:
    """The name that the page proposes is kept."""
    goes_to(scientist, "datasets")
    name = scientist.page.locator(".st-key-dataset_name input").input_value()
    scientist.page.locator(".st-key-freeze button").click()
    expect(scientist.page.get_by_text(f"The dataset {name} is frozen")).to_be_visible()
    return name


def trains(scientist: Person, recipe: str) -> int:
    """The newest dataset is chosen already; answers the version that came of it."""
    goes_to(scientist, "learn")
    scientist.picks("learn_recipe", recipe)
    scientist.waits_until_it_stands_still()
    expect(scientist.page.locator(".st-key-what-it-takes")).to_contain_text("to learn from")
    scientist.page.locator(".st-key-order-training button").click()
    job = scientist.page.locator("[class*='st-key-job-']").first
    expect(job).to_contain_text("passed", timeout=TRAINING_MS)
    scientist.shoots("loop-learn-desktop-en")
    said = re.search(r"Version (\d+) · passed", job.inner_text())
    assert said is not None
    return int(said[1])


def promotes(scientist: Person, version: int) -> None:
    """The newest version is looked at already."""
    goes_to(scientist, "release")
    one = scientist.page.locator(f".st-key-candidate-{version}")
    expect(one).to_contain_text("Nothing speaks against a promotion.")
    one.locator(f".st-key-promote-{version} button").click()
    expect(scientist.page.locator(".st-key-versions")).to_contain_text(f"{version} (In Production)")
    scientist.shoots("loop-release-desktop-en")


def reads_the_receipt(visitor: Person, *sentences: str) -> None:
    visitor.page.locator("a[href*='receipt']").click()
    visitor.page.locator(".st-key-ask-again button").click()
    for sentence in sentences:
        expect(visitor.page.locator(".stMain")).to_contain_text(sentence)
    visitor.shoots("loop-receipt-desktop-en")


def reads_the_release(scientist: Person, *sentences: str, production: int, changed: int) -> None:
    """Which version serves and why, and what the exam of the other one changed."""
    scientist.opens("/release")
    for sentence in sentences:
        expect(scientist.page.locator(".stMain")).to_contain_text(sentence)
    expect(scientist.page.locator(".st-key-versions")).to_contain_text(f"{production} (In Production)")
    scientist.picks("release_chosen", f"Version {changed}")
    scientist.waits_until_it_stands_still()
    better = scientist.page.locator(f".st-key-candidate-{changed}")
    better.get_by_text("What its exam changed").click()
    expect(better.locator("[class*='-fixed'] img").first).to_be_visible()


def goes_to(person: Person, page: str) -> None:
    """By the menu."""
    entry: Locator = person.page.locator(f".st-key-menu-staff a[href$='{page}']")
    entry.click()
    person.page.wait_for_url(f"**/{page}")
    person.waits_until_it_stands_still()
