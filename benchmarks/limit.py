"""The limit: the same work in one process without any HTTP, one thread a core."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from tyreloop.vision.bundle import LoadedModel, load_bundle
from tyreloop.vision.pipeline import judge


def limit(bundle: Path, photos: Sequence[bytes], *, seconds: float) -> float:
    """Photos a second that this machine's cores can judge at best."""
    model = load_bundle(bundle, 1)
    return rate_of(lambda photo: _judge(photo, model), photos, seconds=seconds)


def rate_of(work: Callable[[bytes], object], photos: Sequence[bytes], *, seconds: float) -> float:
    """How often a second the cores together do this work."""
    done, lock, until = [0], threading.Lock(), perf_counter() + seconds

    def worker(number: int) -> None:
        count = 0
        while perf_counter() < until:
            work(photos[(number + count) % len(photos)])
            count += 1
        with lock:
            done[0] += count

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(os.cpu_count() or 1)]
    began = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done[0] / (perf_counter() - began)


def _judge(photo: bytes, model: LoadedModel) -> None:
    judge(photo, model)
