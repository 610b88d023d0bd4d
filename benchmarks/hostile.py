"""Hostile and odd photos: nothing but an answer or a named refusal, soon and in little memory.

    python -m benchmarks.hostile BUNDLE [FOLDER_OF_IMAGES]         in this process
    python -m benchmarks.hostile --over-http [FOLDER_OF_IMAGES]    at a running service: no 5xx either

The folder is, for one, `Tests/images` of Pillow's source distribution.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

import psutil
import requests

from benchmarks.photos import photos
from benchmarks.run import fresh_service
from tests.vision.hostile_photos import ONLY_A_MOMENT
from tests.vision.odd_photos import same_tyre
from tyreloop.domain.errors import PhotoTooLarge, UnreadablePhoto
from tyreloop.vision.bundle import LoadedModel, load_bundle
from tyreloop.vision.pipeline import judge

WARM_UP_SECONDS = 10  # what the service loads beside the first answers is no photo's doing
TIMEOUT_SECONDS = 30


class PeakMemory:
    """The most megabytes that somebody held, looked at again and again."""

    def __init__(self, now: Callable[[], float], *, every_seconds: float) -> None:
        self._now = now
        self._every = every_seconds
        self.before = self.peak = now()
        self._done = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """How much more it was than before."""
        self._done.set()
        self._thread.join()
        return self.peak - self.before

    def _watch(self) -> None:
        while not self._done.wait(self._every):
            self.peak = max(self.peak, self._now())


def own_megabytes() -> float:
    return float(psutil.Process().memory_info().rss / 1e6)


def files(folder: Path | None) -> Iterator[tuple[str, bytes]]:
    for name, make in ONLY_A_MOMENT.items():
        yield name, make()
    for name, (data, _) in same_tyre().items():
        yield name, data
    for file in sorted(folder.rglob("*")) if folder else ():
        if file.is_file():
            yield file.name, file.read_bytes()


def outcome(photo: bytes, model: LoadedModel) -> str:
    try:
        return judge(photo, model).answer.value
    except (UnreadablePhoto, PhotoTooLarge) as error:
        return error.code
    except Exception as error:  # noqa: BLE001 - the very thing that is looked for
        return f"UNFORESEEN {type(error).__name__}: {error}"


def judge_all(ask: Callable[[bytes], str], folder: Path | None, *, watched: bool) -> None:
    """Each file once: what is said of it, how soon, and at which cost."""
    outcomes: Counter[str] = Counter()
    costs: list[tuple[float, float, str]] = []
    for name, data in files(folder):
        memory = PeakMemory(own_megabytes, every_seconds=0.002) if watched else None
        began = perf_counter()
        said = ask(data)
        costs.append((perf_counter() - began, memory.stop() if memory else 0.0, name))
        outcomes[said[:60]] += 1
        if said.startswith(("UNFORESEEN", "5")):
            print(name, said)
    print(sum(outcomes.values()), "files:", dict(outcomes))
    for title, place in (("slowest", 0), ("most memory", 1))[: 2 if watched else 1]:
        print(title)
        for entry in sorted(costs, key=lambda entry: -entry[place])[:6]:
            print(f"  {entry[0]:5.2f} s  +{entry[1]:4.0f} MB  {entry[2]}")


def over_http(folder: Path | None) -> None:
    [large] = photos("phone", 1)
    with fresh_service(large) as service:

        def ask(data: bytes) -> str:
            answer = requests.post(service.url, files={"file": data}, timeout=TIMEOUT_SECONDS)
            return f"{answer.status_code} {answer.text[:200]}" if answer.status_code >= 500 else f"{answer}"

        until = perf_counter() + WARM_UP_SECONDS
        while perf_counter() < until:
            ask(large)
        memory = PeakMemory(lambda: service.proportional_megabytes, every_seconds=0.05)
        judge_all(ask, folder, watched=False)
        memory.stop()
        print(f"memory: {memory.before:.0f} MB before, {memory.peak:.0f} at the most")


def main(bundle: str, folder: str | None = None) -> None:
    warnings.simplefilter("ignore")
    images = Path(folder) if folder else None
    if bundle == "--over-http":
        over_http(images)
        return
    model = load_bundle(Path(bundle), 1)
    judge(next(iter(same_tyre().values()))[0], model)
    judge_all(lambda data: outcome(data, model), images, watched=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
