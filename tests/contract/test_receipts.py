"""What a visitor learns of their correction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.contract.people import a_key, at
from tyreloop.domain.errors import PredictionNotFound
from tyreloop.domain.feedback import Correction, Label, Placement, ReceivedReview
from tyreloop.domain.photos import Prediction, Visitor
from tyreloop.store.db import Database
from tyreloop.store.feedback import PostgresReceipts
from tyreloop.use_cases.feedback import read_receipt
from tyreloop.use_cases.stores import Stores

WORLD = """
INSERT INTO reviews (prediction_id, visitor, decision, label, reviewer, reviewed_at)
VALUES (%(id)s, %(visitor)s, 'accepted', 'good', 'Yuna', %(reviewed_at)s);
INSERT INTO datasets (name, content_hash, created_by, created_at, frozen_at)
VALUES ('autumn', 'abc', 'Yuna', %(frozen_at)s, %(frozen_at)s);
INSERT INTO dataset_items (dataset_id, item_hash, photo_id, label, part)
SELECT id, 'hash', %(photo_id)s, 'good', 'lesson' FROM datasets WHERE name = 'autumn';
INSERT INTO model_versions (model_name, version, card)
VALUES ('tyre-defect', 8, '{"dataset": {"name": "autumn"}, "run_id": "run-8"}'),
       ('tyre-defect', 7, '{"dataset": {"name": "autumn"}, "run_id": "run-7"}');
"""


@pytest.fixture
def feedback(stores: Stores) -> Stores:
    return stores


@pytest.fixture
def receipts(stores: Stores) -> PostgresReceipts:
    return stores.receipts


@pytest.fixture
def reviewed_and_learned(stores: Stores) -> Callable[[Prediction, datetime, datetime], None]:
    """Yuna agrees, the photo goes into the snapshot `autumn`, version 7 is made from it."""

    def happen(prediction: Prediction, reviewed_at: datetime, frozen_at: datetime) -> None:
        tell_the_world(stores.database, prediction, reviewed_at, frozen_at)

    return happen


def tell_the_world(
    database: Database, prediction: Prediction, reviewed_at: datetime, frozen_at: datetime
) -> None:
    values: dict[str, Any] = {
        "id": prediction.id,
        "visitor": prediction.visitor,
        "photo_id": prediction.photo_id,
        "reviewed_at": reviewed_at,
        "frozen_at": frozen_at,
    }
    database.run(lambda connection: connection.cursor().execute(WORLD, values))


def corrected(prediction: Prediction, feedback: Stores) -> Correction:
    correction = Correction(prediction.id, prediction.visitor, Label.GOOD, at(1))
    feedback.corrections.save(correction, key=a_key())
    return correction


def test_a_correction_was_received_and_nothing_more(
    receipts: PostgresReceipts, feedback: Stores, a_prediction: Prediction, alice: Visitor
) -> None:
    correction = corrected(a_prediction, feedback)
    receipt = read_receipt(a_prediction.id, by=alice, receipts=receipts)
    assert receipt.correction == correction
    assert (receipt.review, receipt.placement, receipt.learned_by) == (None, None, None)


def test_a_correction_was_reviewed_and_learned(
    receipts: PostgresReceipts,
    feedback: Stores,
    a_prediction: Prediction,
    alice: Visitor,
    reviewed_and_learned: Callable[[Prediction, datetime, datetime], None],
) -> None:
    corrected(a_prediction, feedback)
    reviewed_and_learned(a_prediction, at(2), at(3))
    receipt = read_receipt(a_prediction.id, by=alice, receipts=receipts)
    assert receipt.review == ReceivedReview(True, Label.GOOD, at(2))
    assert receipt.placement == Placement("autumn", True, at(3))
    assert (receipt.learned_by, receipt.learned_in_run) == (7, "run-7")


def test_nobody_reads_the_receipt_of_another(
    receipts: PostgresReceipts, feedback: Stores, a_prediction: Prediction, bob: Visitor
) -> None:
    corrected(a_prediction, feedback)
    with pytest.raises(PredictionNotFound):
        read_receipt(a_prediction.id, by=bob, receipts=receipts)
