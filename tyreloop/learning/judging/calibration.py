"""From raw scores to honest probabilities and the limit of sureness; all numbers for the card."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from tyreloop.domain.interval import wilson_interval
from tyreloop.learning.judging.scores import Flags, Numbers, calibration_error

TEMPERATURES = np.geomspace(0.1, 10, 241)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Temperature and the limit of sureness, with what they were measured to give on held-out lessons."""

    temperature: float
    sure_above: float
    coverage: float
    error_among_sure: float
    calibration_error: float
    held_out: int


def probability_of(score: Numbers, temperature: float) -> Numbers:
    """The probability of "defective" for a score, the difference of the two logits."""
    return np.asarray(1 / (1 + np.exp(-np.clip(score / temperature, -60, 60))))


def fit_temperature(score: Numbers, defective: Flags) -> float:
    """The temperature under which the held-out answers are likeliest."""
    signed = np.where(defective, score, -score).astype(np.float64)
    losses = [float(np.logaddexp(0, -signed / t).mean()) for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def fit_line(score: Numbers, there: Flags) -> tuple[float, float]:
    """Slope and offset under which the logistic of a score is the likeliest probability of a kind (Platt).

    Half a photo is added to each side, so that a handful of photos never makes it certain.
    """
    share = np.where(there, (there.sum() + 0.5) / (there.sum() + 1), 0.5 / ((~there).sum() + 1))

    def loss(line: NDArray[np.float64]) -> float:
        logit = np.exp(line[0]) * score + line[1]  # a higher score never makes it less likely
        return float((np.logaddexp(0, logit) - share * logit).mean()) if len(score) else 0.0

    found = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return round(float(np.exp(found[0])), 4), round(float(found[1]), 4)


def fit_sureness(likeliest: Numbers, correct: Flags, most_error: float) -> float:
    """The lowest limit above which at most `most_error` of the answers are wrong.

    Half a photo is added to the errors, so that a handful of lucky answers does not count as proof.
    """
    order = np.argsort(-likeliest, kind="stable")
    errors = np.cumsum(~correct[order])
    counts = np.arange(1, len(order) + 1)
    ranked = likeliest[order]
    ends_a_tie = np.append(ranked[1:] < ranked[:-1], True)  # a limit takes all equal answers or none
    allowed = np.flatnonzero(((errors + 0.5) / counts <= most_error) & ends_a_tie)
    return float(max(0.5, ranked[allowed[-1]])) if len(allowed) else 1.0


def calibrate(score: Numbers, defective: Flags, *, most_error: float) -> Calibration:
    """Everything the card says about sureness, from held-out tyres."""
    temperature = fit_temperature(score, defective)
    probability = probability_of(score, temperature)
    likeliest = np.maximum(probability, 1 - probability)
    correct = (probability > 0.5) == defective
    sure_above = fit_sureness(likeliest, correct, most_error)
    sure = likeliest >= sure_above
    wrong = int((sure & ~correct).sum())
    return Calibration(
        temperature=temperature,
        sure_above=sure_above,
        coverage=float(sure.mean()),
        error_among_sure=wrong / max(1, int(sure.sum())),
        calibration_error=calibration_error(likeliest, correct),
        held_out=len(score),
    )


def share_with_interval(hits: int, count: int) -> dict[str, float]:
    """A share as cards and reports write it."""
    low, high = wilson_interval(hits, count)
    return {"share": hits / count if count else 0.0, "low": low, "high": high, "hits": hits, "of": count}
