"""Somebody who uses the stack from outside, over its published ports."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import requests

from tests.containers.engine import ROOT, WalkFailed

PHOTO = ROOT / "mlflow" / "demo" / "golden"


@dataclass
class Visitor:
    """One visitor, with a photo of a tyre."""

    api: str
    pages: str
    name: str = field(default_factory=lambda: f"walk-{uuid.uuid4().hex}")

    @property
    def photo(self) -> Path:
        return next(iter(sorted(PHOTO.iterdir())))

    def ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        headers = {"X-Visitor": self.name, "Idempotency-Key": uuid.uuid4().hex}
        answer = requests.request(method, self.api + path, headers=headers, timeout=30, **options)
        if not answer.ok:
            raise WalkFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        found: dict[str, Any] = answer.json()
        return found

    def predict(self) -> dict[str, Any]:
        with self.photo.open("rb") as file:
            return self.ask("POST", "/v1/predictions", files={"file": file})

    def predict_until_it_works(self, *, seconds: float = 60) -> float:
        """How long nobody was served."""
        began = monotonic()
        while True:
            try:
                self.predict()
            except (requests.RequestException, WalkFailed):
                if monotonic() - began > seconds:
                    raise
                sleep(0.3)
            else:
                return monotonic() - began

    def predict_and_wait(self) -> dict[str, Any]:
        """A prediction that is recorded too, which happens after its answer; people vote seconds later."""
        prediction, began = self.predict(), monotonic()
        while monotonic() - began < 20:
            try:
                return self.ask("GET", f"/v1/predictions/{prediction['id']}")
            except WalkFailed:
                sleep(0.2)
        raise WalkFailed("The prediction was answered, and is not recorded after 20 s.")

    def vote(self, prediction: str, *, liked: bool) -> str:
        return str(self.ask("PUT", f"/v1/predictions/{prediction}/vote", json={"liked": liked})["delivery"])

    def correct(self, prediction: str, label: str) -> str:
        body = {"label": label}
        return str(self.ask("PUT", f"/v1/predictions/{prediction}/correction", json=body)["delivery"])

    def looks_at_the_pages(self) -> bool:
        answer = requests.get(self.pages, timeout=30)
        return answer.ok and "<title>" in answer.text
