"""Reports over HTTP: made of one's own answers, listed, taken back, gone with their photo."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.test_feedback import ALICE, BOB
from tyreloop.domain.errors import ReportGone
from tyreloop.domain.photos import PredictionId, Visitor
from tyreloop.domain.reports import LIFETIME, MOST_OPEN_LINKS
from tyreloop.use_cases.reports import make_report, open_report
from tyreloop.use_cases.stores import Stores


@pytest.fixture
def hers(api: FlaskClient, bright: bytes, dark: bytes) -> list[str]:
    """Two answers of Alice's."""
    asked = {"content_type": "image/jpeg", "headers": ALICE}
    return [str(api.post("/predict", data=photo, **asked).get_json()["id"]) for photo in (bright, dark)]


def ask(api: FlaskClient, predictions: list[str], whose: dict[str, str] = ALICE) -> TestResponse:
    asked = {"predictions": predictions, "language": "ko"}
    return api.post("/v1/reports", json=asked, headers=whose)


def secret_of(made: TestResponse) -> str:
    return str(made.get_json()["link"]).rsplit("/", 1)[1]


def test_a_link_opens_the_answers_in_their_order(api: FlaskClient, hers: list[str], stores: Stores) -> None:
    made = ask(api, hers[::-1])
    assert made.status_code == 201
    opened = open_report(secret_of(made), using=stores)
    assert [one.id for one in opened.predictions] == hers[::-1]
    assert opened.report.expires_at - opened.report.made_at == LIFETIME
    assert opened.report.models["1"] == {}  # the small model of the tests tells nothing of its mistakes
    [listed] = api.get("/v1/reports", headers=ALICE).get_json()["reports"]
    assert listed["id"] == made.get_json()["id"]
    assert "link" not in listed
    assert listed["predictions"] == []  # whoever guesses a name that a program chose learns no answer's id


def test_nobody_makes_a_report_of_anothers_answers(api: FlaskClient, hers: list[str]) -> None:
    for refused in (ask(api, hers, BOB), ask(api, [*hers, "0" * 32]), ask(api, ["no-id"])):
        assert (refused.status_code, refused.get_json()["code"]) == (404, "prediction_not_found")
    assert ask(api, []).status_code == 400


def test_a_link_ends(api: FlaskClient, hers: list[str], stores: Stores) -> None:
    secret = secret_of(ask(api, hers))
    later = stores.clock() + LIFETIME + timedelta(minutes=1)
    with pytest.raises(ReportGone):
        open_report(secret, using=replace(stores, clock=lambda: later))


def test_a_link_is_taken_back_by_its_visitor_alone(api: FlaskClient, hers: list[str], stores: Stores) -> None:
    made = ask(api, hers)
    path = f"/v1/reports/{made.get_json()['id']}"
    assert api.delete(path, headers=BOB).status_code == 404
    open_report(secret_of(made), using=stores)
    assert api.delete(path, headers=ALICE).status_code == 204
    with pytest.raises(ReportGone):
        open_report(secret_of(made), using=stores)


def test_a_deleted_photo_ends_the_link_of_all(api: FlaskClient, hers: list[str], stores: Stores) -> None:
    made = ask(api, hers)
    api.delete(f"/v1/predictions/{hers[0]}/photo", headers=ALICE)
    with pytest.raises(ReportGone):
        open_report(secret_of(made), using=stores)
    assert api.get("/v1/reports", headers=ALICE).get_json() == {"reports": []}


def test_links_of_one_visitor_are_bounded(api: FlaskClient, hers: list[str], stores: Stores) -> None:
    alice = Visitor(ALICE["X-Visitor"])
    for _ in range(MOST_OPEN_LINKS):
        make_report([PredictionId(hers[0])], language="en", models={}, by=alice, using=stores)
    refused = ask(api, hers)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "conflict")
