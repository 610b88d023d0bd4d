"""The process gives back what it does not need, on every system that can."""

from __future__ import annotations

import subprocess
import sys

GIVES_BACK = """
from inference_api import process
process.GIVE_BACK_SECONDS = 0.05
process.tune_process()
import psutil
from threading import Event
one = psutil.Process()
pieces = [bytearray(1_000_000) for _ in range(60)]
fence = bytearray(1_000)  # behind them, so that the heap cannot shrink from its end
held = one.memory_info().rss
del pieces
spare = process.spare_memory()
spare.start()
for _ in range(200):
    if held - one.memory_info().rss > 40_000_000:
        break
    Event().wait(0.05)
else:
    raise SystemExit("the memory stays")
spare.stop()
"""


def test_free_memory_is_given_back() -> None:
    subprocess.run([sys.executable, "-c", GIVES_BACK], check=True, timeout=60)
