"""From which probability on an answer is sure, and what may be promised about it.

Learn then test (Angelopoulos and others, 2021), as a fixed sequence: beginning with the surest answers, more
and more of them are taken as long as a binomial test says, at 95 %, that no more than the allowed share is
wrong. The first test that fails ends it. Which answers are the surest does not depend on whether they are
right, so the order costs nothing; and what passes, holds for photos of the same kind.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom  # type: ignore[import-untyped]

from tyreloop.learning.judging.scores import Flags, Numbers
from tyreloop.vision.card import SureLimit

Counts = NDArray[np.integer[Any]]

DOUBT = 0.05
"""A promise is broken in one of so many tries: 95 % confidence."""

UNPROMISED = 0.9
"""From here on an answer is sure where nothing was promised; drawings would allow it sooner, and err."""

NEVER = 1.01
"""A limit that no probability reaches."""


def least_photos(most_wrong: float, wrong: int = 0) -> int:
    """How many answers a promise needs where so many of them are wrong: 149 flawless ones for 2 %."""
    count = wrong + 1
    while binom.cdf(wrong, count, most_wrong) > DOUBT:
        count += 1
    return count


def worst_share(wrong: int, count: int) -> float:
    """The largest share of wrong ones that fits what was seen (Clopper and Pearson, 95 %, one side)."""
    return float(beta.ppf(1 - DOUBT, wrong + 1, count - wrong)) if wrong < count else 1.0


def sure_limit(view: str, answer: str, probability: Numbers, right: Flags, most_wrong: float) -> SureLimit:
    """The lowest probability that keeps the promise; where there are too few photos, the card says so.

    Without a promise an answer has to be nine in ten, and more where the photos that there are show more
    wrong ones than allowed, half a photo added to the errors. Fewer photos than that half takes say nothing.
    """
    order = np.argsort(-probability, kind="stable")
    ranked, wrong = probability[order], np.cumsum(~right[order]).astype(np.int64)
    ends = (
        np.flatnonzero(np.append(ranked[1:] < ranked[:-1], len(ranked) > 0)) + 1
    )  # a limit takes all equal ones
    count = _promised(wrong, ends, most_wrong)
    holds = count > 0
    above = float(ranked[count - 1]) if holds else _unpromised(ranked, wrong, ends, most_wrong)
    count = int((ranked >= above).sum())
    misses = int(wrong[count - 1]) if count else 0
    at_most = round(worst_share(misses, count), 4) if count else 1.0
    return SureLimit(
        view=view, answer=answer, above=above, photos=count, wrong=misses, at_most=at_most, holds=holds
    )


def _unpromised(ranked: Numbers, wrong: Counts, ends: Counts, most_wrong: float) -> float:
    if len(ranked) < 0.5 / most_wrong:
        return UNPROMISED
    kept = [end for end in ends if (wrong[end - 1] + 0.5) / end <= most_wrong]
    return max(float(ranked[kept[-1] - 1]), UNPROMISED) if kept else NEVER


def _promised(wrong: Counts, ends: Counts, most_wrong: float) -> int:
    """How many of the surest answers pass in a row; the first test has room for one that is wrong."""
    start = least_photos(most_wrong, wrong=1)
    if len(wrong) < start:
        start = least_photos(most_wrong)
    kept = 0
    for end in ends[ends >= start]:
        if binom.cdf(wrong[end - 1], end, most_wrong) > DOUBT:
            break
        kept = int(end)
    return kept


def in_words(limits: list[SureLimit], most_wrong: float) -> list[str]:
    """What is promised, and where there were too few photos to promise anything."""
    lines = []
    for limit in limits:
        name = f"{limit.answer} on a {limit.view.replace('_', '-')} photo"
        if limit.holds:
            seen = f"{limit.wrong} of {limit.photos} real photos"
            lines.append(f"{name}: at most {limit.at_most:.1%} wrong at 95 % ({seen})")
        else:
            need = least_photos(most_wrong)
            lines.append(
                f"{name}: no promise; {limit.photos} photos, {limit.wrong} wrong, and "
                f"{need} flawless real ones are the least for {most_wrong:.0%}"
            )
    return lines


def kind_line(score: Numbers, there: Flags, absent: Flags, false_alarms: float) -> tuple[float, int, int]:
    """The limit that so many of those without the kind pass, and how many of those with it are found."""
    limit = float(np.quantile(score[absent], 1 - false_alarms)) if absent.any() else math.inf
    return limit, int((score[there] > limit).sum()), int(there.sum())
