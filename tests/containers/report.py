"""What the walk saw, line by line as it happens."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Report:
    """Steps with their seconds and figures."""

    def __init__(self) -> None:
        self.figures: list[tuple[str, str]] = []

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        began = monotonic()
        self.say(f"-- {title}")
        yield
        self.say(f"   ok, {monotonic() - began:.1f} s")

    def figure(self, name: str, value: str) -> None:
        self.figures.append((name, value))
        self.say(f"   {name}: {value}")

    def say(self, line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def close(self) -> None:
        self.say("\nFigures")
        for name, value in self.figures:
            self.say(f"  {name:<44} {value}")
