"""Many photos, judged in the background a few at a time; each one's fate is its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event
from time import monotonic
from uuid import uuid4

from streamlit_ui.shown import Shown
from streamlit_ui.view_models.verdict import text_of_not_kept
from tyreloop.client import ApiAnswer, Tries
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import UploadedPhoto

AT_ONCE = 2
TRIES, PAUSE_SECONDS = 5, 1.0  # a busy service is asked again

Judge = Callable[[UploadedPhoto, str, Tries], ApiAnswer]  # photo, key, how often
Preview = Callable[[bytes], bytes | None]


class State(StrEnum):
    """Where a photo stands."""

    WAITING = "waiting"
    JUDGED = "judged"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Item:
    """One photo of the batch; its bytes are let go once it is judged.

    It is sent under one key however often it is tried: the service judges and counts it once.
    """

    name: str
    load: Callable[[], bytes] | None
    state: State = State.WAITING
    shown: Shown | None = None
    code: str = ""  # why it failed
    key: str = field(default_factory=lambda: uuid4().hex)


class Batch:
    """Begins at once; cancel, and retry what failed."""

    def __init__(
        self,
        items: Iterable[Item],
        judge: Judge,
        preview: Preview,
        *,
        keep: bool = True,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self.items = list(items)
        self._judge = judge
        self._preview = preview
        self._keep = keep
        self._pause = pause
        self._stopped = Event()
        self._begun_at = monotonic()
        self._done_before = 0
        self._begin(self.items)

    def count(self, state: State) -> int:
        return sum(item.state is state for item in self.items)

    @property
    def is_running(self) -> bool:
        return self.count(State.WAITING) > 0

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before there is a pace."""
        waiting = self.count(State.WAITING)
        done = len(self.items) - waiting - self._done_before
        return (monotonic() - self._begun_at) / done * waiting if done > 0 else None

    def cancel(self) -> None:
        """What is being judged is finished, what waits is not begun."""
        self._stopped.set()
        for item in self.items:
            if item.state is State.WAITING:
                item.state = State.CANCELLED

    def retry(self) -> None:
        """Once more with everything that has no answer."""
        again = [item for item in self.items if item.state in (State.FAILED, State.CANCELLED) and item.load]
        for item in again:
            item.state, item.code = State.WAITING, ""
        self._done_before = len(self.items) - len(again)
        self._begin(again)

    def _begin(self, items: list[Item]) -> None:
        self._stopped, self._begun_at = Event(), monotonic()
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="batch")
        for item in items:
            pool.submit(self._work_on, item, self._stopped)
        pool.shutdown(wait=False)

    def _work_on(self, item: Item, stopped: Event) -> None:
        load = item.load
        if stopped.is_set() or load is None:
            return
        try:
            photo = UploadedPhoto(load())
            answer = self._judge(photo, item.key, Tries(TRIES, self._pause, stopped.wait))
            preview, not_kept = self._preview(photo.data), text_of_not_kept(answer, wanted=self._keep)
            item.shown = Shown(answer.prediction, preview, answer.heat, is_fresh=True, not_kept=not_kept)
            item.load, item.state = None, State.JUDGED
        except TyreloopError as error:
            item.code, item.state = error.code, State.FAILED
        except Exception:
            item.code, item.state = "internal_error", State.FAILED
            raise
