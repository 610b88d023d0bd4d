"""What became of a visitor's correction."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from inference_api.callers import visitor
from inference_api.context import answer, services
from inference_api.loop_bodies import ReceiptBody
from tyreloop.domain.photos import PredictionId
from tyreloop.use_cases.feedback import read_receipt

routes = Blueprint("receipts", __name__)


@routes.get("/v1/predictions/<prediction_id>/receipt")
def show_receipt(prediction_id: str) -> ResponseReturnValue:
    """The review, the snapshot, the run and the version, each by its id; what has not happened is null."""
    found = read_receipt(PredictionId(prediction_id), by=visitor(), receipts=services().loop.receipts)
    return answer(ReceiptBody.of(found))
