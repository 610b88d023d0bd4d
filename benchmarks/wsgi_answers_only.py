"""The service without what it keeps after an answer: what the peers do, and no more."""

from __future__ import annotations

from dataclasses import replace

from inference_api.app import create_app
from inference_api.process import tune_process
from inference_api.running import build
from tyreloop.domain.photos import Prediction, PredictionId, UploadedPhoto
from tyreloop.logs import configure_logs
from tyreloop.settings import settings


class KeepsNothing:
    """A PredictionLog for measuring."""

    def record(self, prediction: Prediction, photo: UploadedPhoto) -> Prediction:
        """Neither row nor photo."""
        return prediction

    def flush(self, prediction_id: PredictionId) -> None:
        """Nothing to flush."""


tune_process()
configure_logs(settings(), service="api")
app = create_app(replace(build(settings())[0], log=KeepsNothing()))
