"""Lets the service answer every photo of a dataset, and counts how right it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

from tyreloop.client import ApiClient, ApiProblem, Tries
from tyreloop.domain.datasets import INBOX, Item
from tyreloop.domain.errors import InvalidRequest, NotFound, PhotoNotFound, ServiceBusy
from tyreloop.domain.orders import Pace
from tyreloop.domain.reviews import SAID_AS
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.store.datasets import PostgresDatasets
from tyreloop.use_cases.orders import HeldOrder

PAUSE_SECONDS, MAX_ASKED = 1.0, 120
SAVED_EVERY = 10
# Nobody counts these answers with those of visitors, and no photo lives on by them once it is deleted.
ASKED = {"demo": "true", "keep_photo": "false", "record": "false"}
VISITOR = "inspection-job"
BUSY = "The service does not answer photos now."
Proof = Callable[[str], str | None]  # what the service lets through in the name of who ordered


def no_proof(_asked_by: str) -> str | None:
    """Enough where visitors need not sign in."""
    return None


@dataclass(frozen=True, slots=True)
class Inspection:
    """How an inspection is carried out."""

    datasets: PostgresDatasets
    photos: ObjectPhotoStore
    api_url: str
    proof: Proof = no_proof
    pause: Callable[[float], None] = sleep

    def __call__(self, running: HeldOrder) -> Mapping[str, Any]:
        """Goes on after the last photo that is known to be counted."""
        items = self._items(str(running.order.parameters["dataset"]))
        counts: Counter[str] = Counter(running.order.progress.get("counts", {}))
        done, pace = int(running.order.progress.get("done", 0)), Pace(len(items), monotonic)
        pace.at(done)
        for number, item in enumerate(items[done:], start=done + 1):
            counts[self._outcome(item, running)] += 1
            if number % SAVED_EVERY == 0 or number == len(items):
                running.report({**pace.at(number), "counts": dict(counts)})
        return {"photos": len(items), "counts": dict(counts)}

    def _items(self, name: str) -> list[Item]:
        if name == INBOX:
            return [Item.of(photo) for photo in self.datasets.inbox()]
        snapshot = self.datasets.get(name)
        if snapshot is None:
            raise NotFound(f"There is no dataset {name}.")
        return list(snapshot.items)

    def _outcome(self, item: Item, running: HeldOrder) -> str:
        running.check_cancelled()
        if item.photo_id is None:
            return "gone"
        try:
            key = f"{running.order.id}-{item.item_hash[:32]}"
            answer = self._answer(self.photos.get(item.photo_id), key, running)
        except PhotoNotFound:
            return "gone"
        return "right" if answer == SAID_AS[item.label].value else "unsure" if answer == "unsure" else "wrong"

    def _answer(self, photo: bytes, key: str, running: HeldOrder) -> str:
        """A service that is busy, or started anew, is asked again for two minutes."""
        for _ in range(MAX_ASKED):
            try:
                return ask(self.api_url, photo, key=key, proof=self.proof(running.order.asked_by))
            except ServiceBusy:
                running.check_cancelled()
                self.pause(PAUSE_SECONDS)
        raise ServiceBusy(BUSY)


def ask(api_url: str, photo: bytes, *, key: str = "", proof: str | None = None) -> str:
    """One answer of the service, or why the photo cannot be judged."""
    try:
        with ApiClient(api_url) as service:
            body = service.post_photo(
                photo, ASKED, visitor=VISITOR, token=proof, key=key, tries=Tries(most=1)
            )
    except ApiProblem as problem:
        if problem.status in (0, 429) or problem.status >= 500:
            raise ServiceBusy(BUSY) from problem
        if problem.status in (401, 403):
            raise InvalidRequest("The service does not let the job in.") from problem
        return problem.code
    return str(body["answer"])
