"""How often one caller may ask: a bucket of tokens each, refilled steadily, for as many callers as fit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from tyreloop.domain.errors import TooManyRequests

MAX_CALLERS = 20_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """So many requests a minute for each caller, a burst of a quarter of them at once; 0: no limit."""

    def __init__(
        self, *, per_minute: float, burst: int | None = None, now: Callable[[], float] = monotonic
    ) -> None:
        self.per_minute = per_minute
        self._per_second = per_minute / 60
        self._max = float(burst if burst is not None else max(per_minute // 4, 1))
        self._now = now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    @property
    def remembered(self) -> int:
        """How many callers are not strangers just now."""
        return len(self._buckets)

    def take(self, caller: str) -> None:
        """Count one request, or refuse it."""
        if not self.fits(caller, 1):
            raise TooManyRequests("That is more requests than one caller may send. Wait a little.")

    def fits(self, caller: str, cost: float) -> bool:
        """Whether so much of the caller's share is left; if so, it is taken."""
        if self._per_second == 0:
            return True
        with self._lock:
            bucket = self._bucket_of(caller)
            if is_enough := bucket.tokens >= cost:
                bucket.tokens -= cost
        return is_enough

    def _bucket_of(self, caller: str) -> _Bucket:
        now = self._now()
        bucket = self._buckets.pop(caller, None) or _Bucket(self._max, now)
        bucket.tokens = min(self._max, bucket.tokens + (now - bucket.filled_at) * self._per_second)
        bucket.filled_at = now
        self._buckets[caller] = bucket
        self._forget(now)
        return bucket

    def _forget(self, now: float) -> None:
        """Whose bucket is full again is a stranger; beyond so many, whoever was silent longest."""
        oldest = next(iter(self._buckets.values()))
        while len(self._buckets) > MAX_CALLERS or oldest.filled_at < now - self._max / self._per_second:
            self._buckets.popitem(last=False)
            oldest = next(iter(self._buckets.values()))
