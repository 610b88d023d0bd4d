"""How this process shares its cores and holds its memory."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache

from inference_api.periodic import PeriodicThread

# A thread that comes back from the model waits this long for Python at most; 5 ms is a fifth of an answer.
SWITCH_SECONDS = 0.0005
LOOK_FOR_CYCLES_EVERY = 20_000  # objects: requests leave few cycles behind, and each look stops every thread

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
HEAPS = 2  # glibc would grow up to eight a core, each with free memory of its own
LARGE_BYTES = 4_000_000  # a photo decoded whole: given back to the system at once
SPARE_BYTES = 32_000_000  # kept though free: giving it back with each photo would cost a tenth of its time
GIVE_BACK_SECONDS = 5.0


def tune_process() -> None:
    """Short turns, rare collections, few heaps; called once, before anything else is made."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(LOOK_FOR_CYCLES_EVERY)
    if library := _glibc():
        library.mallopt(M_ARENA_MAX, HEAPS)
        library.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        library.mallopt(M_TRIM_THRESHOLD, SPARE_BYTES)


def spare_memory() -> PeriodicThread:
    """Gives back every few seconds what photos have left free."""
    return PeriodicThread("spare-memory", _give_back, every_seconds=GIVE_BACK_SECONDS)


def _give_back() -> None:
    if library := _glibc():
        library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    """The allocator that can be told; other systems keep theirs as it is."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") else None
