"""What a person sees: steps, who is being waited for, and, where asked for, each program's own log."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Mapping, Sequence
from itertools import cycle

import click

COLOURS = ("cyan", "magenta", "blue", "yellow", "bright_cyan", "bright_magenta", "bright_blue")
CLEAR_LINE = "\r\033[K"


class Console:
    """Writes whole lines; on a terminal the last line moves and tells who is being waited for."""

    def __init__(self, names: Sequence[str], *, with_logs: bool = False) -> None:
        self._with_logs = with_logs
        self._width = max((len(name) for name in names), default=0)
        self._colour = dict(zip(names, cycle(COLOURS), strict=False))
        self._moves = sys.stdout.isatty()

    def log(self, name: str, line: str) -> None:
        """One line of a program's own log."""
        if self._with_logs:
            self._write(f"{click.style(f'{name:<{self._width}} |', fg=self._colour.get(name))} {line}")

    def say(self, text: str, *, colour: str | None = None) -> None:
        """One sentence of the stack itself."""
        self._write(click.style(text, fg=colour, bold=True))

    def waiting(self, seconds_by_title: Mapping[str, float], *, line_is_due: bool) -> None:
        """Who is not ready yet: a moving line on a terminal, now and then a line of its own elsewhere."""
        parts = (f"{title} ({seconds:.0f} s)" for title, seconds in seconds_by_title.items())
        text = f"... waiting for {', '.join(parts)}"
        if self._moves:
            self._write(click.style(text[: shutil.get_terminal_size().columns - 1], dim=True), end="")
        elif line_is_due:
            self._write(text)

    def _write(self, line: str, *, end: str = "\n") -> None:
        # A terminal that was closed, or `| head`, must not keep the stack from stopping in order.
        with contextlib.suppress(OSError):
            click.echo(CLEAR_LINE + line + end if self._moves else line + end, nl=False)


def boxed(lines: Sequence[str]) -> str:
    """The lines inside a frame."""
    width = max(len(line) for line in lines)
    edge = "─" * (width + 2)
    body = "\n".join(f"│ {line:<{width}} │" for line in lines)
    return f"┌{edge}┐\n{body}\n└{edge}┘"
