"""A browser, the whole house behind it, and the people who sit in front."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, expect, sync_playwright

from tests.browser.house import House, running_house
from tests.browser.person import Person
from tests.fixtures.postgres_server import fresh_database

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESKTOP = (390, 844), (1280, 800)
ARTIFACTS = Path("artifacts/pages")
PATIENCE_MS = 30_000  # on a busy machine


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-size", action="store_true", help="Walk the first minute at each size.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))  # the first one starts the whole house


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What each person had on the screen when a test failed."""
    report = yield
    if report.failed:
        for name, person in getattr(item, "funcargs", {}).items():
            if isinstance(person, Person):
                with suppress(Error):  # a page that is gone: the test's own error says so
                    person.page.screenshot(path=ARTIFACTS / f"failed-{item.name}-{name}.png")
    return report


# For one module at a time: while Playwright is open its event loop runs in this thread, and no other
# test could call asyncio.run.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("No browser is installed: install Chromium (Debian: apt-get install chromium).")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=PROGRAM, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture(scope="session")
def house(
    postgres_server: dict[str, Any],
    migrated_template: str,
    mlflow_uri: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """One for all browser tests: they tell their people apart by their cookies."""
    folder = tmp_path_factory.mktemp("house")
    with (
        fresh_database(postgres_server, template=migrated_template) as dsn,
        running_house(folder, dsn=dsn, mlflow_uri=mlflow_uri) as house,
    ):
        yield house


def a_person(browser: Browser, house: House, *, size: tuple[int, int], locale: str) -> BrowserContext:
    """A browser of their own: no cookie, no memory."""
    is_phone = size == PHONE
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        is_mobile=is_phone,
        has_touch=is_phone,
        locale=locale,
        base_url=house.url,
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture
def alice(browser: Browser, house: House) -> Iterator[Person]:
    """At a desk, in English."""
    context = a_person(browser, house, size=DESKTOP, locale="en-GB")
    yield Person(context.new_page(), ARTIFACTS)
    context.close()


@pytest.fixture
def minji(browser: Browser, house: House) -> Iterator[Person]:
    """On a phone, in Korean."""
    context = a_person(browser, house, size=PHONE, locale="ko-KR")
    yield Person(context.new_page(), ARTIFACTS)
    context.close()
