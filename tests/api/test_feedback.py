"""Votes and corrections over HTTP."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from inference_api import Services, create_app
from tests.api.test_recorder import recorder_over
from tyreloop.domain.damage import DamageKind
from tyreloop.domain.photos import PredictionId, Visitor
from tyreloop.use_cases.stores import Stores

ALICE = {"X-Visitor": "alice-in-the-garage"}
BOB = {"X-Visitor": "bob-on-the-road"}


@pytest.fixture
def hers(api: FlaskClient, bright: bytes) -> str:
    """A prediction of Alice's."""
    made = api.post("/predict", data=bright, content_type="image/jpeg", headers=ALICE)
    return str(made.get_json()["id"])


def test_a_vote_is_cast_changed_and_taken_back(api: FlaskClient, hers: str, stores: Stores) -> None:
    where = PredictionId(hers), Visitor(ALICE["X-Visitor"])
    path = f"/v1/predictions/{hers}/vote"

    api.put(path, json={"liked": True}, headers=ALICE)
    changed = api.put(path, json={"liked": False, "reasons": ["too_slow"]}, headers=ALICE)
    vote = stores.votes.get(*where)
    assert changed.get_json() == {"delivery": "stored"}
    assert vote is not None
    assert not vote.liked

    assert api.delete(path, headers=ALICE).status_code == 200
    assert stores.votes.get(*where) is None


def test_a_correction_names_kinds_of_a_damage_only(api: FlaskClient, hers: str, stores: Stores) -> None:
    path = f"/v1/predictions/{hers}/correction"
    said = {"label": "defective", "kinds": ["cut", "crack", "cut"]}
    assert api.put(path, json=said, headers=ALICE).status_code == 200
    kept = stores.corrections.get(PredictionId(hers), Visitor(ALICE["X-Visitor"]))
    assert kept is not None
    assert kept.kinds == (DamageKind.CRACK, DamageKind.CUT)
    assert api.get(f"/v1/predictions/{hers}/receipt", headers=ALICE).get_json()["kinds"] == ["crack", "cut"]
    for odd in ({"label": "good", "kinds": ["cut"]}, {"label": "defective", "kinds": ["scorch"]}):
        refused = api.put(path, json=odd, headers=ALICE)
        assert (refused.status_code, refused.get_json()["code"]) == (400, "invalid_request")


def test_a_correction_says_the_label_and_the_place(api: FlaskClient, hers: str, stores: Stores) -> None:
    path = f"/v1/predictions/{hers}/correction"

    api.put(path, json={"label": "defective", "spot": {"x": 0.4, "y": 0.6}}, headers=ALICE)

    kept = stores.corrections.get(PredictionId(hers), Visitor(ALICE["X-Visitor"]))
    assert kept is not None
    assert (kept.label, kept.spot.x if kept.spot else None) == ("defective", 0.4)
    assert api.delete(path, headers=ALICE).status_code == 200


def test_nobody_votes_on_another_s_prediction(api: FlaskClient, hers: str) -> None:
    response = api.put(f"/v1/predictions/{hers}/vote", json={"liked": True}, headers=BOB)

    assert (response.status_code, response.get_json()["code"]) == (404, "prediction_not_found")


def test_a_key_used_for_something_else_is_refused(api: FlaskClient, hers: str) -> None:
    path, key = f"/v1/predictions/{hers}/vote", {**ALICE, "Idempotency-Key": "browser-key-1"}

    api.put(path, json={"liked": True}, headers=key)

    assert api.put(path, json={"liked": True}, headers=key).status_code == 200
    assert api.put(path, json={"liked": False}, headers=key).status_code == 409


@pytest.mark.parametrize("body", ["", "[]", '{"liked": "maybe"}', '{"liked": true, "extra": 1}'])
def test_a_vote_we_do_not_understand_is_refused(api: FlaskClient, hers: str, body: str) -> None:
    response = api.put(f"/v1/predictions/{hers}/vote", data=body, headers=ALICE)

    assert (response.status_code, response.get_json()["code"]) == (400, "invalid_request")


@pytest.fixture
def slow_to_write(services: Services, tmp_path: Path) -> Services:
    """A service whose recorder never gets its turn."""
    recorder = recorder_over(services.stores.predictions, services.stores.photos, tmp_path)
    return replace(services, log=recorder)


@pytest.mark.parametrize(
    ("word", "said"), [("vote", {"liked": False}), ("correction", {"label": "defective"})]
)
def test_a_visitor_may_be_faster_than_what_happens_after_the_answer(
    api: FlaskClient, slow_to_write: Services, bright: bytes, word: str, said: dict[str, object]
) -> None:
    assert api  # the model is there
    with create_app(slow_to_write).test_client() as quick:
        made = quick.post("/predict", data=bright, content_type="image/jpeg", headers=ALICE).get_json()
        path = f"/v1/predictions/{made['id']}"
        assert quick.put(f"{path}/{word}", json=said, headers=BOB).status_code == 404
        assert quick.put(f"{path}/{word}", json=said, headers=ALICE).get_json() == {"delivery": "stored"}
        assert quick.get(path, headers=ALICE).get_json()["id"] == made["id"]
