"""What became of a correction, by HTTP: each step by its id, and only for who gave it."""

from __future__ import annotations

from http import HTTPStatus

from inference_api import Services, create_app
from tests.contract.people import a_key, at, prediction_of
from tests.contract.test_receipts import tell_the_world
from tyreloop.domain.feedback import Correction, Label
from tyreloop.domain.photos import Visitor
from tyreloop.use_cases.stores import Stores

ALICE = Visitor("alice-0001")


def test_a_receipt_names_review_snapshot_run_and_version(services: Services, stores: Stores) -> None:
    prediction = prediction_of(ALICE)
    stores.predictions.add(prediction)
    stores.corrections.save(Correction(prediction.id, ALICE, Label.GOOD, at(1)), key=a_key())
    client = create_app(services).test_client()
    path = f"/v1/predictions/{prediction.id}/receipt"

    waiting = client.get(path, headers={"X-Visitor": ALICE}).get_json()
    assert (waiting["label"], waiting["review"], waiting["learned_by"]) == ("good", None, None)
    tell_the_world(stores.database, prediction, at(2), at(3))
    learned = client.get(path, headers={"X-Visitor": ALICE}).get_json()
    assert (learned["review"]["agreed"], learned["snapshot"]) == (True, "autumn")
    assert (learned["learned_by"], learned["learned_in_run"]) == (7, "run-7")
    receipt = stores.receipts.get(prediction.id, ALICE)
    assert receipt is not None
    assert receipt.review is not None
    assert learned["review"]["id"] == receipt.review.id
    assert client.get(path, headers={"X-Visitor": "bob-000001"}).status_code == HTTPStatus.NOT_FOUND
