"""Every page has a rule; tickets work once, in the browser they were made for; what the Review page says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from streamlit_ui.navigation import ENTRIES
from streamlit_ui.staff_session import NAME, PATH, StaffSessions
from streamlit_ui.texts import Texts
from streamlit_ui.view_models.review import KEYS, ReviewView, audit_line, nothing_line, progress_line
from streamlit_ui.visitor_cookie import NAME as VISITOR_COOKIE
from streamlit_ui.visitor_cookie import VisitorSigner
from tests.contract.people import NOON, a_photo_id
from tyreloop.access.rules import PAGES, rule_of_page
from tyreloop.access.tokens import Purpose, TokenSigner
from tyreloop.domain.feedback import Label
from tyreloop.domain.interval import wilson_interval
from tyreloop.domain.photos import Answer, ModelRef, Visitor, new_prediction_id
from tyreloop.domain.reviews import ReviewCounts, ReviewItem, ReviewSource
from tyreloop.domain.staff import VISITOR_RIGHTS

SECRET = "a secret of the tests, long enough to sign"
ALICE, BOB = Visitor("alice"), Visitor("bob")


def test_every_page_has_a_rule() -> None:
    assert [entry.name for entry in ENTRIES if rule_of_page(entry.name) is None] == []


def test_a_page_without_a_rule_is_open_to_nobody() -> None:
    assert rule_of_page("forgotten") is None


def test_the_pages_of_the_staff_are_not_for_visitors() -> None:
    assert {page for page, right in PAGES.items() if right not in VISITOR_RIGHTS} == {
        "review",
        "datasets",
        "learn",
        "release",
        "people",
    }


@pytest.fixture
def sessions() -> StaffSessions:
    signer = TokenSigner(SECRET, lambda: datetime.now(UTC))
    return StaffSessions(signer, VisitorSigner(SECRET))


def browser_of(sessions: StaffSessions, visitor: Visitor) -> TestClient:
    client = TestClient(Starlette(routes=sessions.routes()))
    client.cookies.set(VISITOR_COOKIE, VisitorSigner(SECRET).sign(visitor))
    return client


def test_a_ticket_becomes_a_cookie_once(sessions: StaffSessions) -> None:
    browser, ticket = browser_of(sessions, ALICE), sessions.ticket("kim", ALICE)
    first = browser.post(PATH, content=ticket)
    assert first.status_code == 204
    assert {"HttpOnly", "SameSite=Strict"} <= set(first.headers["set-cookie"].replace(";", "").split())
    said = TokenSigner(SECRET, lambda: datetime.now(UTC)).read(Purpose.SESSION, first.cookies[NAME])
    assert said.subject == "kim"
    assert browser.post(PATH, content=ticket).status_code == 401


def test_a_ticket_is_nothing_in_another_browser(sessions: StaffSessions) -> None:
    ticket = sessions.ticket("kim", ALICE)
    assert browser_of(sessions, BOB).post(PATH, content=ticket).status_code == 401
    assert browser_of(sessions, ALICE).post(PATH, content=ticket).status_code == 204


@pytest.mark.parametrize("purpose", [Purpose.ACCESS, Purpose.SESSION, Purpose.PHOTO])
def test_another_token_is_no_ticket(sessions: StaffSessions, purpose: Purpose) -> None:
    token = TokenSigner(SECRET, lambda: datetime.now(UTC)).sign(purpose, f"kim {ALICE}")
    assert browser_of(sessions, ALICE).post(PATH, content=token).status_code == 401


def test_leaving_clears_the_cookie(sessions: StaffSessions) -> None:
    assert "Max-Age=0" in browser_of(sessions, ALICE).delete(PATH).headers["set-cookie"]


def an_item(answer: Answer, label: Label | None, **changes: object) -> ReviewItem:
    return ReviewItem(
        prediction_id=new_prediction_id(),
        photo_id=a_photo_id(),
        visitor=ALICE,
        model=ModelRef("tyre-defect", 3),
        answer=answer,
        probabilities={"good": 0.8, "defective": 0.2},
        source=ReviewSource.CORRECTION if label else ReviewSource.AUDIT,
        waiting_since=NOON,
        label=label,
        **changes,  # type: ignore[arg-type]
    )


def test_a_possibly_missed_defect_is_named_so(english: Texts) -> None:
    view = ReviewView.of(an_item(Answer.GOOD, Label.DEFECTIVE, is_disliked=True), english)
    assert view.why == ":red-badge[Perhaps a missed defect]"
    assert view.model_says == "The model says: **good** (damage 20%, version 3)"
    assert view.visitor_says == "The visitor says: **Damaged**. They disliked the answer."


def test_an_answer_drawn_at_random_says_so(korean: Texts) -> None:
    assert ReviewView.of(an_item(Answer.GOOD, None), korean).why == ":gray-badge[무작위 추출]"


def test_nothing_to_look_at_says_who_has_the_rest(english: Texts) -> None:
    assert nothing_line(ReviewCounts(0, 3, None), english) == "Nothing waits for a review."
    assert "6 are left" in nothing_line(ReviewCounts(6, 3, None), english)
    assert "within 5 minutes" in nothing_line(ReviewCounts(6, 3, None), english)


def test_progress_and_speed_are_one_line(english: Texts) -> None:
    assert progress_line(ReviewCounts(7, 3, 4.4), english) == "7 wait, 3 done today. 4 seconds each."
    assert progress_line(ReviewCounts(7, 0, None), english) == "7 wait, 0 done today."


def test_the_audited_accuracy_comes_with_its_interval(english: Texts) -> None:
    assert "90% (between 74% and 97%, 30 answers" in audit_line(27, 30, english)
    assert audit_line(0, 0, english) == english("review.audited_none")


def test_an_interval_of_nothing_is_everything() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_a_photo_that_tells_nothing_has_an_answer_of_its_own(english: Texts) -> None:
    assert KEYS[Label.UNKNOWN] == "u"
    assert english("review.label_unknown") == "Cannot be told from this photo"
