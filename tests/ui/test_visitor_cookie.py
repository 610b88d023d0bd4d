"""The cookie that says who looks: signed, unreadable for scripts, set once."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from streamlit_ui.visitor_cookie import NAME, VisitorCookie, VisitorSigner
from tyreloop.domain.photos import new_visitor

PAGE = {"accept": "text/html"}


@pytest.fixture
def signer() -> VisitorSigner:
    return VisitorSigner("only-for-tests-0123456789-0123456789")


@pytest.fixture
def pages(signer: VisitorSigner) -> TestClient:
    page = Route("/", lambda _request: HTMLResponse("page"))
    return TestClient(Starlette(routes=[page], middleware=[Middleware(VisitorCookie, signer=signer)]))


def test_a_new_visitor_gets_a_cookie_that_scripts_cannot_read(pages: TestClient) -> None:
    cookie = pages.get("/", headers=PAGE).headers["set-cookie"]
    assert cookie.startswith(f"{NAME}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie


def test_behind_https_the_cookie_stays_on_https(pages: TestClient) -> None:
    assert "Secure" in pages.get("/", headers={**PAGE, "x-forwarded-proto": "https"}).headers["set-cookie"]


def test_who_has_a_cookie_keeps_it(pages: TestClient, signer: VisitorSigner) -> None:
    pages.cookies.set(NAME, signer.sign(new_visitor()))
    assert "set-cookie" not in pages.get("/", headers=PAGE).headers


def test_a_made_up_cookie_proves_nobody(pages: TestClient, signer: VisitorSigner) -> None:
    forged = VisitorSigner("another-secret-0123456789-0123456789").sign(new_visitor())
    assert signer.read({NAME: forged}) is None
    pages.cookies.set(NAME, forged)
    assert "set-cookie" in pages.get("/", headers=PAGE).headers


def test_only_pages_set_the_cookie(pages: TestClient) -> None:
    assert "set-cookie" not in pages.get("/", headers={"accept": "application/json"}).headers
