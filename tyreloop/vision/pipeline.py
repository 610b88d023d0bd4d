"""A photo's way from bytes to verdict, with the time each stage took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter

from PIL import Image

from tyreloop.domain.photos import Answer, Verdict
from tyreloop.vision.answer import to_verdict
from tyreloop.vision.bundle import LoadedModel
from tyreloop.vision.decode import DEFAULT_LIMITS, DecodeLimits, Pixels
from tyreloop.vision.engine import RawAnswer
from tyreloop.vision.heat import outline_of
from tyreloop.vision.prepare import decode_for, prepare_picture
from tyreloop.vision.quality import Quality, measure_picture


@dataclass(frozen=True, slots=True)
class Examination:
    """A verdict with all that led to it, for those who ask why."""

    verdict: Verdict
    picture: Image.Image
    prepared: Pixels
    quality: Quality
    raw: RawAnswer


class Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.milliseconds[name] = round((perf_counter() - started) * 1e3, 3)


def judge(data: bytes, model: LoadedModel, *, limits: DecodeLimits = DEFAULT_LIMITS) -> Verdict:
    """The verdict about a photo's bytes."""
    return examine(data, model, limits=limits).verdict


def examine(
    data: bytes, model: LoadedModel, *, limits: DecodeLimits = DEFAULT_LIMITS, alone: bool = False
) -> Examination:
    """The verdict about a photo's bytes, and what it was made of; `alone` if nothing else is judged now."""
    watch = Stopwatch()
    with watch.stage("decode"):
        picture = decode_for(data, model.card.input, limits=limits)
    with watch.stage("prepare"):
        prepared = prepare_picture(picture, model.card.input)
    with watch.stage("quality"):
        quality = measure_picture(picture)
    with watch.stage("model"):
        raw = model.engine.run(prepared[None], alone=alone)
    with watch.stage("answer"):
        verdict = to_verdict(raw, quality, model.card)
        damaged = verdict.answer is Answer.DEFECTIVE
        outline = outline_of(raw, model.card, picture.size) if damaged else ()
    timed = replace(verdict, outline=outline, timings_ms=watch.milliseconds)
    return Examination(timed, picture, prepared, quality, raw)
