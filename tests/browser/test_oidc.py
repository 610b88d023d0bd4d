"""Staff of an organisation sign in by OpenID Connect, in a real browser against a small issuer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ARTIFACTS, DESKTOP, a_person
from tests.browser.house import House, _environment, _running, _wait_for
from tests.browser.issuer import CLIENT, METADATA, SECRET, Issuer, running_issuer
from tests.browser.person import Person
from tests.browser.rows import rows
from tests.fixtures.postgres_server import fresh_database
from tyreloop.local.ports import any_free
from tyreloop.local.programs import streamlit_command


@dataclass(frozen=True, slots=True)
class Organisation:
    """Pages that know an issuer."""

    house: House
    issuer: Issuer


@pytest.fixture(scope="module")
def organisation(
    postgres_server: dict[str, Any], migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Organisation]:
    """The pages alone: who may open which of them needs neither the service nor a registry."""
    folder, port, closed = tmp_path_factory.mktemp("oidc"), any_free(), any_free()
    with (
        fresh_database(postgres_server, template=migrated_template) as dsn,
        running_issuer() as issuer,
    ):
        environment = _environment(folder, dsn, f"http://127.0.0.1:{closed}", closed) | {
            "PAGES_URL": f"http://localhost:{port}",
            "OIDC_METADATA_URL": issuer.url + METADATA,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
            "OIDC_ROLES": "checkers=reviewer, ml=scientist",
        }
        with _running("ui", streamlit_command(port), environment, folder):
            _wait_for(port, "/_stcore/health", folder / "ui.log")
            yield Organisation(House(f"http://localhost:{port}", dsn, folder), issuer)


@pytest.fixture
def lee(browser: Browser, organisation: Organisation) -> Iterator[Person]:
    context = a_person(browser, organisation.house, size=DESKTOP, locale="en-GB")
    yield Person(context.new_page(), ARTIFACTS)
    context.close()


def comes_by_the_issuer(person: Person) -> None:
    person.opens("/sign_in")
    person.page.locator(".st-key-issuer-in button").click()
    person.page.wait_for_url("**/")
    expect(person.page.locator(".st-key-top-line")).to_be_visible()


def test_a_reviewer_of_the_organisation_comes_in_and_leaves(lee: Person, organisation: Organisation) -> None:
    organisation.issuer.person = {"sub": "0042", "preferred_username": "lee", "groups": ["checkers"]}
    lee.opens("/sign_in")
    lee.shoots("sign-in-with-issuer-desktop-en")
    comes_by_the_issuer(lee)
    expect(lee.page.get_by_role("link", name="Review")).to_be_visible()
    expect(lee.page.get_by_role("link", name="Release")).to_have_count(0)
    lee.opens("/review")
    expect(lee.page.get_by_text("Nothing waits for a review.")).to_be_visible()
    added = "SELECT name, role, password_hash LIKE 'oidc:%%' FROM users WHERE name LIKE 'sso-lee-%%'"
    [(name, role, has_no_password)] = rows(organisation.house.dsn, added)
    assert (role, has_no_password) == ("reviewer", True)

    lee.opens("/sign_in")
    expect(lee.page.get_by_text(f"You are signed in as {name}.")).to_be_visible()
    lee.page.locator(".st-key-sign-out button").click()
    expect(lee.page.get_by_role("link", name="Review")).to_have_count(0)
    lee.opens("/sign_in")
    expect(lee.page.locator(".st-key-issuer-in")).to_be_visible()


def test_somebody_without_a_role_stays_a_visitor_and_is_told(lee: Person, organisation: Organisation) -> None:
    organisation.issuer.person = {"sub": "0077", "preferred_username": "park", "groups": ["sales"]}
    comes_by_the_issuer(lee)
    expect(lee.page.get_by_role("link", name="Review")).to_have_count(0)
    lee.opens("/sign_in")
    expect(lee.page.get_by_text("you have no role here")).to_be_visible()
    lee.shoots("sign-in-without-role-desktop-en")
    assert rows(organisation.house.dsn, "SELECT count(*) FROM users WHERE name LIKE 'sso-park%%'") == [(0,)]
