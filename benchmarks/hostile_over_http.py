"""The same hostile and odd photos, sent to a running service: no 5xx, nothing slow, little memory.

python -m benchmarks.hostile_over_http [FOLDER_OF_IMAGES]
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from time import perf_counter

import requests

from benchmarks.hostile import PeakMemory, files
from benchmarks.photos import photos
from benchmarks.run import fresh_service
from benchmarks.servers import Running

LOOK_EVERY_SECONDS = 0.05
WARM_UP_SECONDS = 10  # what the service loads beside the first answers is no photo's doing
TIMEOUT_SECONDS = 30


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
    [large] = photos("phone", 1)
    with fresh_service(large) as service:
        until = perf_counter() + WARM_UP_SECONDS
        while perf_counter() < until:
            requests.post(service.url, files={"file": large}, timeout=TIMEOUT_SECONDS)
        memory = PeakMemory(lambda: service.proportional_megabytes, every_seconds=LOOK_EVERY_SECONDS)
        send_all(service, Path(folder) if folder else None)
        memory.stop()
        print(f"memory: {memory.before:.0f} MB before, {memory.peak:.0f} at the most")


if __name__ == "__main__":
    main(*sys.argv[1:])
