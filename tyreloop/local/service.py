"""What a part of the stack is: a program, what it waits for, and how to know that it is ready."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tyreloop.local.account import Account
from tyreloop.local.readiness import Probe


@dataclass(frozen=True, slots=True)
class Service:
    """One line of the stack's table; without a probe it is a step that ends by itself."""

    name: str
    title: str
    command: Sequence[str]
    after: Sequence[str] = ()
    ready: Probe | None = None
    url: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20.0

    @property
    def is_step(self) -> bool:
        """A step ends by itself; a service stays."""
        return self.ready is None


def in_waves(services: Sequence[Service]) -> list[list[Service]]:
    """Services in the order they can start; those of one wave wait for nobody in it."""
    depth: dict[str, int] = {}
    for service in services:
        depth[service.name] = 1 + max((depth[name] for name in service.after), default=-1)
    return [
        [service for service in services if depth[service.name] == level]
        for level in range(max(depth.values(), default=-1) + 1)
    ]
