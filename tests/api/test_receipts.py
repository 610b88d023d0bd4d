"""What became of a correction, by HTTP: each step by its id, and only for who gave it."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from inference_api import Services, create_app
from tests.contract.people import a_key, at, prediction_of
from tyreloop.adapters.memory import MemoryReceipts
from tyreloop.domain.feedback import Correction, Label, Placement, ReceivedReview
from tyreloop.domain.photos import Visitor

ALICE = Visitor("alice-0001")


def test_a_receipt_names_review_snapshot_run_and_version(services: Services) -> None:
    prediction = prediction_of(ALICE)
    services.feedback.predictions.add(prediction)
    services.feedback.corrections.give(Correction(prediction.id, ALICE, Label.GOOD, at(1)), key=a_key())
    receipts = MemoryReceipts(services.feedback.corrections)
    client = create_app(replace(services, receipts=receipts)).test_client()
    path = f"/v1/predictions/{prediction.id}/receipt"

    waiting = client.get(path, headers={"X-Visitor": ALICE}).get_json()
    assert (waiting["label"], waiting["review"], waiting["learned_by"]) == ("good", None, None)
    receipts.happen(
        prediction.id,
        ALICE,
        review=ReceivedReview(True, Label.GOOD, at(2), id=12),
        placement=Placement("autumn", True, at(3)),
        learned_by=7,
        learned_in_run="run-7",
    )
    learned = client.get(path, headers={"X-Visitor": ALICE}).get_json()
    assert (learned["review"]["id"], learned["snapshot"]) == (12, "autumn")
    assert (learned["learned_by"], learned["learned_in_run"]) == (7, "run-7")
    assert client.get(path, headers={"X-Visitor": "bob-000001"}).status_code == HTTPStatus.NOT_FOUND
