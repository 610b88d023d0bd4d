"""What long work sees of its order, in the worker and in a child of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tyreloop.domain.orders import Order


class RunningOrder(Protocol):
    """What the work itself sees of its order."""

    @property
    def order(self) -> Order: ...

    def check_cancelled(self) -> None:
        """Raises OrderCancelled or OrderLost when it is time to stop."""
        ...

    def report(self, progress: Mapping[str, Any], line: str = "") -> None: ...


Work = Callable[[RunningOrder], Mapping[str, Any]]
