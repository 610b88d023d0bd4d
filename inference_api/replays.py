"""The same Idempotency-Key again gets the same prediction again: counted once, judged once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass, replace
from threading import Lock

from tyreloop.domain.errors import KeyReused, ServiceBusy
from tyreloop.domain.feedback import IdempotencyKey
from tyreloop.domain.photos import PhotoId, Prediction, Visitor
from tyreloop.vision.heatmap import Heatmap

REMEMBERED = 5_000
WAIT_SECONDS = 8.0

Place = tuple[Visitor, IdempotencyKey]


@dataclass(frozen=True, slots=True)
class Judged:
    """A prediction as it is answered, and the time of each stage."""

    prediction: Prediction
    kept: bool
    stages_ms: Mapping[str, float]
    heatmap: Heatmap | None = None
    overlay_png: bytes | None = None

    @property
    def lean(self) -> Judged:
        """What is worth remembering for a retry: thousands of pictures would not fit."""
        return replace(self, heatmap=None, overlay_png=None)


class Replays:
    """What was answered under each visitor's keys, the latest few thousand of this process."""

    def __init__(self, *, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._answers: OrderedDict[Place, tuple[PhotoId, Future[Judged]]] = OrderedDict()
        self._lock = Lock()

    def once(self, place: Place, photo_id: PhotoId, make: Callable[[], Judged]) -> tuple[Judged, bool]:
        """The answer made now, or its lean form from before; and which. A failure is not remembered."""
        future, first = self._claim(place, photo_id)
        if not first:
            try:
                return future.result(WAIT_SECONDS), True
            except WaitedTooLong as error:
                raise ServiceBusy("The first request with this key is still being answered.") from error
        try:
            result = make()
        except BaseException as error:
            self._forget(place)
            future.set_exception(error)
            raise
        future.set_result(result.lean)
        return result, False

    def _claim(self, place: Place, photo_id: PhotoId) -> tuple[Future[Judged], bool]:
        with self._lock:
            known = self._answers.get(place)
            if known is None:
                future: Future[Judged] = Future()
                self._answers[place] = (photo_id, future)
                while len(self._answers) > self._remembered:
                    self._answers.popitem(last=False)
                return future, True
        if known[0] != photo_id:
            raise KeyReused("This idempotency key was used for another photo.")
        return known[1], False

    def _forget(self, place: Place) -> None:
        with self._lock:
            self._answers.pop(place, None)
