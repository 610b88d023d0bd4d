"""The same hostile and odd photos, sent to a running service: no 5xx, nothing slow, little memory.

python -m benchmarks.hostile_over_http [FOLDER_OF_IMAGES]
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter

import requests

from benchmarks.hostile import files
from benchmarks.photos import photos
from benchmarks.run import CACHE, service_environment, weights
from benchmarks.servers import SERVICE, Running, service_data, started

LOOK_EVERY_SECONDS = 0.05
TIMEOUT_SECONDS = 30


class PeakMemory:
    """The most memory that all processes of a service held together."""

    def __init__(self, service: Running) -> None:
        self._service = service
        self.before = self.peak = service.proportional_megabytes
        self._done = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(LOOK_EVERY_SECONDS):
            self.peak = max(self.peak, self._service.proportional_megabytes)


def send_all(service: Running, folder: Path | None) -> None:
    statuses: Counter[int] = Counter()
    slowest: list[tuple[float, str]] = []
    for name, data in files(folder):
        began = perf_counter()
        answer = requests.post(service.url, files={"file": (name, data)}, timeout=TIMEOUT_SECONDS)
        slowest.append((perf_counter() - began, name))
        statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            print(name, answer.status_code, answer.text[:200])
    print(sum(statuses.values()), "files:", dict(statuses))
    for seconds, name in sorted(slowest, reverse=True)[:4]:
        print(f"  {seconds:5.2f} s  {name}")


def main(folder: str | None = None) -> None:
    with ExitStack() as opened:
        data = Path(opened.enter_context(TemporaryDirectory(dir=CACHE))).resolve()
        service_data(weights(), data)
        first, extra = photos("phone", 1)[0], service_environment(data)
        service = opened.enter_context(started(SERVICE, weights(), CACHE, first, extra))
        for picture in photos("phone", 4):
            requests.post(service.url, files={"file": picture}, timeout=TIMEOUT_SECONDS)
        memory = PeakMemory(service)
        send_all(service, Path(folder) if folder else None)
        memory.stop()
        print(f"memory: {memory.before:.0f} MB before, {memory.peak:.0f} at the most")


if __name__ == "__main__":
    main(*sys.argv[1:])
