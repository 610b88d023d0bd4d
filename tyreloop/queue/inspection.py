"""Lets the service answer every photo of a dataset, and counts how right it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from json import loads
from typing import Any
from urllib.parse import urlsplit

from tyreloop.adapters.postgres.datasets import PostgresDatasets
from tyreloop.domain.dataset import INBOX, Item
from tyreloop.domain.errors import NotFound, PhotoNotFound, ServiceBusy
from tyreloop.domain.review import SAID_AS
from tyreloop.loop_ports import RunningJob
from tyreloop.ports import PhotoStore

ANSWER_SECONDS = 30.0
SAVED_EVERY = 10


@dataclass(frozen=True, slots=True)
class Inspection:
    """The work of an inspection job."""

    datasets: PostgresDatasets
    photos: PhotoStore
    api_url: str

    def __call__(self, running: RunningJob) -> Mapping[str, Any]:
        """Goes on after the last photo that is known to be counted."""
        items = self._items(str(running.job.orders["dataset"]))
        counts: Counter[str] = Counter(running.job.progress.get("counts", {}))
        done = int(running.job.progress.get("done", 0))
        for number, item in enumerate(items[done:], start=done + 1):
            running.go_on()
            counts[self._outcome(item)] += 1
            if number % SAVED_EVERY == 0 or number == len(items):
                running.report({"done": number, "of": len(items), "counts": dict(counts)})
        return {"photos": len(items), "counts": dict(counts)}

    def _items(self, name: str) -> list[Item]:
        if name == INBOX:
            return [Item.of(photo) for photo in self.datasets.inbox()]
        snapshot = self.datasets.get(name)
        if snapshot is None:
            raise NotFound(f"There is no dataset {name}.")
        return list(snapshot.items)

    def _outcome(self, item: Item) -> str:
        if item.photo_id is None:
            return "gone"
        try:
            answer = ask(self.api_url, self.photos.get(item.photo_id))
        except PhotoNotFound:
            return "gone"
        return "right" if answer == SAID_AS[item.label].value else "unsure" if answer == "unsure" else "wrong"


def ask(api_url: str, photo: bytes) -> str:
    """One answer of the service."""
    parts = urlsplit(api_url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=ANSWER_SECONDS)
    try:
        path = f"{parts.path.rstrip('/')}/v1/predictions"
        connection.request("POST", path, photo, {"Content-Type": "image/jpeg", "X-Visitor": "inspection-job"})
        response = connection.getresponse()
        body = loads(response.read())
        if response.status >= 500:
            raise ServiceBusy("The service does not answer photos now.")
        return str(body.get("answer", body.get("code")))
    except (OSError, HTTPException, ValueError) as error:
        raise ServiceBusy("The service does not answer photos now.") from error
    finally:
        connection.close()
