"""The gate: whether a candidate may take Production's place, by paired statistics with stated errors.

Candidate and Production answer the same photos, so each criterion compares the two on each photo. The
candidate passes where the whole interval of each difference lies above its margin. It is refused where it is
worse beyond doubt, or where the exam is large enough to show that it is not and does not. In between the exam
is too small: that is said with the number of photos it takes, and a person decides.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cache
from math import ceil, inf, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tyreloop.domain.errors import NotConfigured
from tyreloop.domain.interval import Z_95, wilson_interval
from tyreloop.shipped import EXAM

Z_POWER = 2.33  # an equal candidate fails one criterion once in a hundred exams of the size that is asked for
Z_DOUBT = (
    2.81  # "worse beyond doubt" is said of an equal candidate, over all criteria, once in a hundred exams
)
SOURCES_ERROR = 0.01  # of all sources together, that an equal candidate is called worse on one
LANGUAGES = ("en", "ko")

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Margins:
    """By how much a candidate may be worse before that counts; shares of the photos concerned."""

    missed_damage: float = 0.03
    false_alarms: float = 0.03
    useful_answers: float = 0.05  # sure and right: a model that answers nothing gives none
    overconfidence: float = 0.05  # claims more than it keeps
    source: float = 0.10  # right answers of one source of photos, and of what is no tyre
    first_right: float = 0.5  # the floor under a first model, in each class: better than a coin
    first_useful: float = 0.25


def read_margins(recipe: Path = EXAM) -> Margins:
    """The margins of the exam's recipe; what it leaves out is as above."""
    try:
        given = tomllib.loads(recipe.read_text(encoding="utf-8"))["margins"] if recipe.is_file() else {}
        return Margins(**{name: float(value) for name, value in given.items()})
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise NotConfigured(f"The exam's recipe {recipe} cannot be read: {error}") from error


class Outcome(StrEnum):
    """What the gate says."""

    PASSED = "passed"
    REFUSED = "refused"
    UNDECIDED = "undecided"  # the exam is too small


@dataclass(frozen=True, slots=True)
class Answers:
    """What one model said to the questions of an exam, place by place."""

    right: Flags  # by the class it leans to, or by refusing what is no tyre
    sure: Flags
    claimed: Numbers  # how likely it says that it is right

    @property
    def useful(self) -> Flags:
        return self.right & self.sure


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion: the change with its 95 % interval (above 0: better), and what follows from it."""

    criterion: str
    outcome: Outcome
    of: str  # of which source; else empty
    photos: int
    change: float
    low: float
    high: float
    margin: float
    needed: int  # photos of this kind that it takes to tell an equal candidate from a worse one

    @property
    def reason(self) -> dict[str, Any]:
        """The sentence that this finding gives, without a language."""
        points = {name: round(getattr(self, name) * 100, 1) for name in ("change", "low", "high", "margin")}
        said = "worse" if self.outcome is Outcome.REFUSED else "small"
        return (
            {"say": f"{self.criterion}_{said}", "of": self.of, "photos": self.photos}
            | points
            | {"needed": self.needed}
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate says, the reasons that decided, and every finding."""

    outcome: Outcome
    reasons: tuple[dict[str, Any], ...] = ()
    findings: tuple[Finding, ...] = ()
    margins: Margins = field(default_factory=Margins)

    @property
    def summary(self) -> dict[str, Any]:
        """For the exam's row and for programs; `objections` are the English sentences."""
        return {
            "outcome": self.outcome.value,
            "passed": self.outcome is Outcome.PASSED,
            "reasons": list(self.reasons),
            "objections": [] if self.outcome is Outcome.PASSED else sentences(self.reasons),
            "findings": [{**asdict(one), "outcome": one.outcome.value} for one in self.findings],
            "margins": asdict(self.margins),
        }

    @staticmethod
    def refused(say: str, **values: Any) -> Decision:
        """Refused before any question was asked."""
        return Decision(Outcome.REFUSED, ({"say": say, **values},))


def decide(
    kinds: Sequence[str],
    sources: Sequence[str],
    candidate: Answers,
    production: Answers | None,
    margins: Margins | None = None,
) -> Decision:
    """Whether the candidate passes; without a Production it must beat a floor."""
    margins = margins or Margins()
    kind, source = np.asarray(kinds), np.asarray(sources)
    if production is None:
        return _decided(list(_floor(kind, candidate, margins)), margins)
    return _decided(list(_compare(kind, source, candidate, production, margins)), margins)


def _decided(findings: list[Finding], margins: Margins) -> Decision:
    for outcome in (Outcome.REFUSED, Outcome.UNDECIDED):
        against = tuple(one.reason for one in findings if one.outcome is outcome)
        if against:
            return Decision(outcome, against, tuple(findings), margins)
    if not findings:
        return Decision(Outcome.UNDECIDED, ({"say": "no_questions"},), (), margins)
    return Decision(Outcome.PASSED, ({"say": "passed"},), tuple(findings), margins)


def _compare(
    kind: NDArray[Any], source: NDArray[Any], now: Answers, before: Answers, margins: Margins
) -> Iterator[Finding]:
    damaged, sound = kind == "defective", kind == "good"
    tyres = damaged | sound
    for criterion, asked in (("missed_damage", damaged), ("false_alarms", sound)):
        if asked.any():
            yield _share(criterion, now.right[asked], before.right[asked], getattr(margins, criterion))
    if tyres.any():
        yield _share("useful_answers", now.useful[tyres], before.useful[tyres], margins.useful_answers)
        yield _overconfidence(now, before, tyres, margins.overconfidence)
    groups = [(str(name), tyres & (source == name)) for name in np.unique(source[tyres])]
    strange = kind == "not_a_tyre"
    groups = [*(groups if len(groups) > 1 else []), ("not_a_tyre", strange), ("unusable", ~tyres & ~strange)]
    groups = [(name, asked) for name, asked in groups if asked.any()]
    z = NormalDist().inv_cdf(1 - SOURCES_ERROR / max(len(groups), 1))
    for name, asked in groups:
        yield _source(name, now.right[asked], before.right[asked], margins.source, z)


def _share(
    criterion: str, now: Flags, before: Flags, margin: float, *, of: str = "", z: float = Z_95
) -> Finding:
    photos, fixed, broke = len(now), int((now & ~before).sum()), int((before & ~now).sum())
    low, high = paired_interval(photos, fixed, broke, z)
    # One discordant photo more than was seen: an exam without any has not shown that there are none.
    needed = photos_needed((fixed + broke + 1) / (photos + 1), margin, z)
    at_best = paired_interval(photos, fixed, broke, max(z, Z_DOUBT))[1]
    outcome = _outcome(low, at_best, margin, is_enough=photos >= needed)
    return Finding(criterion, outcome, of, photos, (fixed - broke) / photos, low, high, margin, needed)


def _outcome(low: float, at_best: float, margin: float, *, is_enough: bool) -> Outcome:
    if low >= -margin:
        return Outcome.PASSED
    return Outcome.REFUSED if at_best < 0 or is_enough else Outcome.UNDECIDED


def _source(name: str, now: Flags, before: Flags, margin: float, z: float) -> Finding:
    """Most sources are small: one that cannot be told passes unless it is worse beyond doubt."""
    found = _share("source", now, before, margin, of=name, z=z)
    return replace(found, outcome=Outcome.PASSED) if found.outcome is Outcome.UNDECIDED else found


def _overconfidence(now: Answers, before: Answers, asked: Flags, margin: float) -> Finding:
    """How much more it claims than it keeps; no worse than Production, or no worse than none at all."""
    excess = now.claimed[asked] - now.right[asked]
    change = (before.claimed[asked] - before.right[asked]) - excess
    found = [_mean("overconfidence", values, margin) for values in (-excess, change)]
    order = [Outcome.PASSED, Outcome.UNDECIDED, Outcome.REFUSED]
    return min(found, key=lambda one: (order.index(one.outcome), -one.low))


def _mean(criterion: str, values: Numbers, margin: float) -> Finding:
    photos, mean = len(values), float(values.mean())
    spread = float(values.std(ddof=1)) if photos > 1 else 1.0
    # For few photos the normal quantile is too short; this is Student's to a hundredth from five on.
    z = Z_95 * (1 + (1 + Z_95**2) / (4 * max(photos - 1, 1)))
    reach = z * spread / sqrt(photos)
    needed = ceil(((Z_95 + Z_POWER) * max(spread, 0.05) / margin) ** 2)
    at_best = mean + reach * Z_DOUBT / Z_95
    outcome = _outcome(mean - reach, at_best, margin, is_enough=photos >= needed)
    return Finding(criterion, outcome, "", photos, mean, mean - reach, mean + reach, margin, needed)


def _floor(kind: NDArray[Any], now: Answers, margins: Margins) -> Iterator[Finding]:
    """What a first model must be: better than a coin in each class, and of some use."""
    damaged, sound = kind == "defective", kind == "good"
    asked = (
        ("missed_damage", now.right[damaged], margins.first_right),
        ("false_alarms", now.right[sound], margins.first_right),
        ("useful_answers", now.useful[damaged | sound], margins.first_useful),
    )
    for criterion, hits, floor in asked:
        if len(hits):
            yield _above(criterion, int(hits.sum()), len(hits), floor)


def _above(criterion: str, hits: int, photos: int, floor: float) -> Finding:
    low, high = wilson_interval(hits, photos)
    needed = (
        ceil(((Z_95 + Z_POWER) / 0.4) ** 2 * floor * (1 - floor)) + 1
    )  # to tell floor and floor + 40 points
    outcome = _outcome(low - floor, high - floor, 0.0, is_enough=photos >= needed)
    share = hits / photos
    return Finding(criterion, outcome, "floor", photos, share, low, high, floor, needed)


def photos_needed(changed: float, margin: float, z: float = Z_95) -> int:
    """What it takes to tell an equal candidate from one worse by the margin, where this share changes."""
    return ceil((z + Z_POWER) ** 2 * changed / margin**2)


def paired_interval(photos: int, fixed: int, broke: int, z: float = Z_95) -> tuple[float, float]:
    """Between which bounds the change of a share lies, 95 times in a hundred: Tango's, for paired answers."""
    if photos == 0:
        return -1.0, 1.0
    change = (fixed - broke) / photos
    low = _solve(lambda at: _score(photos, fixed, broke, at) - z, -1.0, change)
    high = _solve(lambda at: _score(photos, fixed, broke, at) + z, change, 1.0)
    return low, high


def _score(photos: int, fixed: int, broke: int, at: float) -> float:
    """How many deviations the seen change lies above a true change of `at` (Tango 1998)."""
    a = 2.0 * photos
    b = -fixed - broke + (2 * photos - fixed + broke) * at
    c = -broke * at * (1 - at)
    share = (sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    spread = photos * (2 * share + at * (1 - at))
    distance = fixed - broke - photos * at
    if spread > 0:
        return distance / sqrt(spread)
    return 0.0 if abs(distance) < 1e-9 else inf if distance > 0 else -inf


def _solve(falls: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses zero, by halving."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if falls(middle) > 0 else (low, middle)
    return (low + high) / 2


def mcnemar(fixed: int, broke: int) -> float:
    """The exact two-sided chance of such a difference between two equally good models."""
    count, term, tail = fixed + broke, 1, 0
    for k in range(min(fixed, broke) + 1):
        tail += term
        term = term * (count - k) // (k + 1)
    return min(1.0, 2 * tail / (1 << count))  # whole numbers to the end: no float holds 2 to the 1,024th


def sentences(reasons: Sequence[Mapping[str, Any]], language: str = "en") -> list[str]:
    """The reasons in words: the same on page, shell, API and in the audit log."""
    return [sentence(reason, language) for reason in reasons]


def sentence(reason: Mapping[str, Any], language: str = "en") -> str:
    """One reason in words."""
    texts = _texts(language)
    values = {name: value for name, value in reason.items() if name != "say"}
    say = str(reason["say"])
    if reason.get("of") == "floor":
        return texts[say.replace("_worse", "_floor").replace("_small", "_floor")].format(**values)
    values["what"] = texts.get(f"of_{values.get('of')}") or texts["of_source"].format(of=values.get("of"))
    return texts[say].format(**values)


@cache
def _texts(language: str) -> dict[str, str]:
    text = Path(__file__).with_name(f"gate_{language}.toml").read_text(encoding="utf-8")
    return {name: str(value) for name, value in tomllib.loads(text).items()}
