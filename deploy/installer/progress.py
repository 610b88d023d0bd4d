"""One moving line for a program that says a lot: never silent for two seconds, never a wall of text."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

TICK_SECONDS = 0.5
LINE_EVERY_SECONDS = 2.0  # where lines cannot move: in a file, or in a pipe
FIRST_LINE_AFTER_SECONDS = 1.5


class Progress:
    """Reads a program's output in the background and shows its newest line."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.words: deque[str] = deque(maxlen=40)
        self.began = time.monotonic()
        self._next_line = FIRST_LINE_AFTER_SECONDS

    def show(self) -> None:
        """Draw the moving line, or now and then a line of its own."""
        seconds = time.monotonic() - self.began
        text = f"... {self.title}: {seconds:.0f} s  {short(self.words[-1]) if self.words else ''}"
        if sys.stdout.isatty():
            columns = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{text[:columns]}", end="", flush=True)
        elif seconds >= self._next_line:
            self._next_line += LINE_EVERY_SECONDS
            print(text, flush=True)

    def close(self, *, failed: bool) -> None:
        """Replace the moving line with how it ended."""
        start = "\r\033[K" if sys.stdout.isatty() else ""
        ending = "did not work, after" if failed else "done in"
        print(f"{start}{self.title}: {ending} {time.monotonic() - self.began:.0f} s", flush=True)


def run_with_progress(title: str, command: list[str], *, folder: Path) -> list[str] | None:
    """Run a program; None when all went well, else its last lines."""
    progress = Progress(title)
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        reader = threading.Thread(target=read_words, args=(process, progress.words), daemon=True)
        reader.start()
        while ended(process) is None:
            progress.show()
        reader.join(timeout=2)
    progress.close(failed=bool(process.returncode))
    return list(progress.words) if process.returncode else None


def ended(process: subprocess.Popen[str]) -> int | None:
    """The exit code, when the program ends within a tick."""
    try:
        return process.wait(TICK_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def read_words(process: subprocess.Popen[str], words: deque[str]) -> None:
    """Keep the newest lines of the program."""
    for line in process.stdout or ():
        if line.strip():
            words.append(line.strip())


def short(line: str) -> str:
    """What a person wants to know of pip's line: no origins, and a number where it lists everything."""
    if line.startswith("Installing collected packages:"):
        return f"unpacking {line.count(',') + 1} packages"
    return re.sub(r"\s*\(from .*", "", line)[:90]
