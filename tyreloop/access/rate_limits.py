"""How often one caller may ask: a bucket of tokens each, refilled steadily, for as many callers as fit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from tyreloop.domain.errors import TooManyRequests

MOST_CALLERS = 20_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """So many requests a minute for each caller, a burst of a quarter of them at once; 0: no limit."""

    def __init__(
        self, *, per_minute: int, burst: int | None = None, now: Callable[[], float] = monotonic
    ) -> None:
        self._per_second = per_minute / 60
        self._most = float(burst if burst is not None else max(per_minute // 4, 1))
        self._now = now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, caller: str) -> None:
        """Count one request, or refuse it."""
        if self._per_second == 0:
            return
        with self._lock:
            bucket = self._bucket_of(caller)
            if bucket.tokens < 1:
                raise TooManyRequests("That is more requests than one caller may send. Wait a little.")
            bucket.tokens -= 1

    def _bucket_of(self, caller: str) -> _Bucket:
        now = self._now()
        bucket = self._buckets.pop(caller, None) or _Bucket(self._most, now)
        bucket.tokens = min(self._most, bucket.tokens + (now - bucket.filled_at) * self._per_second)
        bucket.filled_at = now
        self._buckets[caller] = bucket
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)  # whoever was silent longest is a stranger again
        return bucket
