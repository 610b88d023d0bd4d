"""Hostile and odd photos: nothing but an answer or a named refusal, soon and in little memory.

    python -m benchmarks.hostile BUNDLE [FOLDER_OF_IMAGES]

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

from tests.vision.hostile_photos import ONLY_A_MOMENT
from tests.vision.odd_photos import same_tyre
from tyreloop.domain.errors import PhotoTooLarge, UnreadablePhoto
from tyreloop.vision.bundle import LoadedModel, load_bundle
from tyreloop.vision.pipeline import judge


class PeakMemory:
    """The most megabytes that somebody held, looked at again and again."""

    def __init__(self, now: Callable[[], float], *, every_seconds: float) -> None:
        self._now = now
        self._every = every_seconds
        self.before = self.peak = now()
        self._done = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

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


def main(bundle: str, folder: str | None = None) -> None:
    warnings.simplefilter("ignore")
    model = load_bundle(Path(bundle), 1)
    judge(next(iter(same_tyre().values()))[0], model)
    outcomes: Counter[str] = Counter()
    slowest: list[tuple[float, float, str]] = []
    for name, data in files(Path(folder) if folder else None):
        memory = PeakMemory(own_megabytes, every_seconds=0.002)
        began = perf_counter()
        said = outcome(data, model)
        seconds = perf_counter() - began
        memory.stop()
        outcomes[said] += 1
        slowest.append((seconds, memory.peak - memory.before, name))
        if said.startswith("UNFORESEEN"):
            print(name, said)
    print(sum(outcomes.values()), "files:", dict(outcomes))
    for title, place in (("slowest", 0), ("most memory", 1)):
        print(title)
        for entry in sorted(slowest, key=lambda entry: -entry[place])[:6]:
            print(f"  {entry[0]:5.2f} s  +{entry[1]:4.0f} MB  {entry[2]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
