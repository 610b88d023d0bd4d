"""Run a program, and copy each line it writes to stdout and to a rotated file: `run-logged FILE PROGRAM ...`.

It is process 1 of our containers: it hands signals on, and ends with the program's own exit code.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType
from typing import IO

FILE_BYTES = 10_000_000
OLD_FILES = 5
LAST_WORDS_SECONDS = 2.0  # for lines that are still in the pipe when the program has ended


def open_log(path: Path) -> Callable[[bytes], None]:
    """What writes one line to the file; where the folder is closed to us, stdout is all there is."""
    logging.raiseExceptions = False  # a full disk must not stop the program
    try:
        file = RotatingFileHandler(
            path, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8", errors="replace"
        )
    except OSError as error:
        reason = f"{path.parent} cannot be written ({error.strerror})"
        sys.stdout.write(f"Logs go to stdout only: {reason}.\n")
        sys.stdout.flush()
        return lambda _line: None
    return lambda line: file.emit(
        logging.makeLogRecord({"msg": line.decode("utf-8", "replace").rstrip("\n")})
    )


def copy_lines(source: IO[bytes], write: Callable[[bytes], None]) -> None:
    """Hand on each line as it comes."""
    for line in source:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        write(line)


def hand_on_signals(program: subprocess.Popen[bytes]) -> None:
    """Let the program hear what this process is told."""

    def hand_on(number: int, _frame: FrameType | None) -> None:
        program.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, hand_on)


def run(log: Path, command: Sequence[str]) -> int:
    """Run the program to its end; answers its exit code as a shell would."""
    # The command stands in our own Dockerfiles.
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # noqa: S603
    hand_on_signals(program)
    assert program.stdout is not None  # noqa: S101 - asked for one line above
    copying = threading.Thread(target=copy_lines, args=(program.stdout, open_log(log)), daemon=True)
    copying.start()
    code = program.wait()
    copying.join(LAST_WORDS_SECONDS)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
