"""What Prometheus reads: rate, errors and duration per route, stages, queue, model and recording."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from inference_api.admission import Admission
from tyreloop.adapters.model_shelf import ModelShelf
from tyreloop.domain.prediction import Prediction

SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The service's own collectors, apart from any other application of the process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests answered.", "route", "method", "status")
        self.seconds = self._histogram("request_seconds", "Time to answer a request.", "route")
        self.stage_seconds = self._histogram("stage_seconds", "Time of each stage of a prediction.", "stage")
        self.answers = self._counter("answers", "Predictions by what they said.", "answer", "version")
        self.refused = self._counter("busy_refusals", "Requests refused because too many were waiting.")
        self.recorded = self._counter("recorded", "Predictions kept after the answer.", "outcome")
        self.photos = self._counter("photos_kept", "Photos kept after the answer.", "outcome")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"tyreloop_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(f"tyreloop_{name}", text, labels, registry=self.registry, buckets=SECONDS)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"tyreloop_{name}", text, registry=self.registry)

    def watch(self, shelf: ModelShelf, admission: Admission) -> None:
        """Read these at every scrape."""
        self._gauge("waiting", "Photos waiting for a slot.").set_function(lambda: admission.waiting)
        self._gauge("working", "Photos being judged.").set_function(lambda: admission.working)
        self._gauge("model_version", "Version that answers; 0 if none.").set_function(
            lambda: shelf.status.serving or 0
        )
        self._gauge("model_swaps", "Swaps of the model since the start.").set_function(
            lambda: shelf.status.swaps
        )
        self._gauge("models_refused", "Versions that failed a check and wait for people.").set_function(
            lambda: len(shelf.status.refused)
        )
        self._gauge("registry_answers", "1 if the registry answered the last look.").set_function(
            lambda: 1 if shelf.status.registry_answers else 0
        )

    def count_prediction(self, prediction: Prediction) -> None:
        self.answers.labels(prediction.answer.value, str(prediction.model.version)).inc()
        for stage, milliseconds in prediction.verdict.timings_ms.items():
            self.stage_seconds.labels(stage).observe(milliseconds / 1e3)

    def text(self) -> bytes:
        return generate_latest(self.registry)
