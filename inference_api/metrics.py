"""What Prometheus reads: rate, errors and duration per route, stages, queue, model and recording."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from inference_api.admission import Admission
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import Prediction
from tyreloop.models.shelf import ModelShelf

SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The service's own collectors, apart from any other application of the process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests answered.", "route", "method", "status")
        self.seconds = self._histogram("request_seconds", "Time to answer a request.", "route")
        self.stage_seconds = self._histogram("stage_seconds", "Time of each stage of a prediction.", "stage")
        self.answers = self._counter("answers", "Predictions by what they said.", "answer", "version")
        self.recorded = self._counter("recorded", "Predictions by whether they were kept.", "outcome")
        self.photos = self._counter("photos_kept", "Photos by whether they were kept.", "outcome")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"tyreloop_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(f"tyreloop_{name}", text, labels, registry=self.registry, buckets=SECONDS)

    def watch(self, shelf: ModelShelf, admission: Admission) -> None:
        """Read these at every scrape."""
        self.show("waiting", "Photos waiting for a slot.", lambda: admission.waiting)
        self.show("working", "Photos being judged.", lambda: admission.working)
        self.show("model_version", "Version that answers; 0 if none.", lambda: shelf.status.serving or 0)
        self.show("model_swaps", "Swaps of the model since the start.", lambda: shelf.status.swaps)
        self.show(
            "model_unsigned",
            "Version in the registry's Production that nobody signed; 0 if none.",
            lambda: shelf.status.unsigned or 0,
        )
        self.show("models_refused", "Versions that failed a check.", lambda: len(shelf.status.refused))
        self.show(
            "registry_answers",
            "1 if the registry answered the last look.",
            lambda: 1 if shelf.status.registry_answers else 0,
        )

    def show(self, name: str, text: str, read: Callable[[], float]) -> None:
        """A gauge that is read at every scrape; what cannot be read now is not a number."""

        def value() -> float:
            try:
                return read()
            except TyreloopError:
                return nan

        Gauge(f"tyreloop_{name}", text, registry=self.registry).set_function(value)

    def count_prediction(self, prediction: Prediction) -> None:
        self.answers.labels(prediction.answer.value, str(prediction.model.version)).inc()
        for stage, milliseconds in prediction.verdict.timings_ms.items():
            self.stage_seconds.labels(stage).observe(milliseconds / 1e3)

    def text(self) -> bytes:
        return generate_latest(self.registry)
