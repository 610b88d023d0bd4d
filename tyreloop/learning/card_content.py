"""What a card says, from photos held out: limits, promises, kinds, and what the model learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import numpy as np

from tyreloop.learning.datasets.lesson_book import KINDS, VIEWS, Entry, LessonBook
from tyreloop.learning.datasets.prepared import Prepared
from tyreloop.learning.judging.calibration import (
    Calibration,
    calibrate,
    fit_line,
    probability_of,
    share_with_interval,
)
from tyreloop.learning.judging.promises import in_words, kind_line, sure_limit
from tyreloop.learning.judging.scores import area_under_curve, auc_interval
from tyreloop.learning.judging.tyre_limits import LEAST_NON_TYRES, gaussian_check, linear_check
from tyreloop.learning.networks.tyre_network import TyreNetwork
from tyreloop.learning.recipe import Recipe
from tyreloop.learning.training.lessons import DEFECTIVE, NOT_A_TYRE
from tyreloop.learning.training.run_through import Seen
from tyreloop.models.gate import read_margins
from tyreloop.vision.card import KindLine, QualityLimits, SureLimit, TyreCheck
from tyreloop.vision.heat import QUIET_BELOW

LEAST_REAL = 40
"""With fewer real photos, the temperature and the limit of "no tyre" rest on drawings as well."""

KIND_FALSE_ALARMS, KIND_FOUND, KIND_PHOTOS = 0.05, 0.8, 15
"""A kind speaks where real photos show it found so often with so few false alarms."""

UNFAMILIAR = 0.005
"""Share of the tyres held out that may be farther from all lessons than is answered surely."""


def card_content(
    network: TyreNetwork, recipe: Recipe, books: Sequence[LessonBook], held_out: Prepared, seen: Seen
) -> dict[str, Any]:
    """All of a card but its files."""
    real = np.array([not entry.is_drawn for entry in held_out.entries])
    tyres, judged = held_out.labels != NOT_A_TYRE, held_out.labels < NOT_A_TYRE
    fitted = judged & real if _enough(held_out, judged & real) else judged
    defective = held_out.labels == DEFECTIVE
    most_wrong = recipe.judging.error_among_sure
    calibration = calibrate(seen.score[fitted], defective[fitted], most_error=most_wrong)
    probability = probability_of(seen.score, calibration.temperature)
    limits = _sure_limits(probability, defective, seen.view.argmax(axis=1), judged & real, most_wrong)
    rules = recipe.judging
    return {
        "demo": recipe.demo,
        "temperature": calibration.temperature,
        "sure_above": calibration.sure_above,
        "tyre_check": _tyre_check(network, seen, (tyres, real), recipe),
        "views": VIEWS,
        "sure_limits": limits,
        "kinds": _kinds(held_out, seen, real),
        "least_familiar": round(float(np.quantile(seen.familiarity[tyres], UNFAMILIAR)), 5),
        "quality": QualityLimits(
            min_side=rules.min_side, dark_below=rules.dark_below, blur_below=rules.blur_below
        ),
        "map_scale": _map_scale(seen.map[judged], defective[judged]),
        "metrics": {
            "held_out": _held_out_metrics(calibration, seen.score[judged], defective[judged]),
            "by_source": by_source(held_out.entries, seen.score, held_out.labels),
            "promises": in_words(list(limits), most_wrong),
        },
        "dataset": dataset_of(books),
        "recipe": {**recipe.model_dump(mode="json"), "exam": asdict(read_margins())},
    }


def _enough(held_out: Prepared, chosen: np.ndarray) -> bool:
    counts = np.bincount(held_out.labels[chosen], minlength=2)
    return bool(counts[:2].min() >= LEAST_REAL)


def _sure_limits(
    probability: np.ndarray, defective: np.ndarray, view: np.ndarray, photos: np.ndarray, most_wrong: float
) -> tuple[SureLimit, ...]:
    """For each view and answer, from the real photos of it."""
    if not photos.any():
        return ()
    limits = []
    for number, name in enumerate(VIEWS):
        for answer in ("good", "defective"):
            own = photos & (view == number) & ((probability > 0.5) == (answer == "defective"))
            claimed = np.maximum(probability, 1 - probability)[own]
            right = (defective == (answer == "defective"))[own]
            limits.append(sure_limit(name, answer, claimed, right, most_wrong))
    return tuple(limits)


def _tyre_check(
    network: TyreNetwork, seen: Seen, which: tuple[np.ndarray, np.ndarray], recipe: Recipe
) -> TyreCheck:
    """Fitted on real tyres where there are enough; at most the recipe's share of them is refused."""
    tyres, real = which
    refused = recipe.judging.tyres_refused
    if int((~tyres).sum()) < LEAST_NON_TYRES:
        return gaussian_check(seen.embedding[tyres], refused)
    head = network.stranger
    weights, bias = head.weight.detach().numpy()[0], float(head.bias.detach()[0])
    chosen = tyres & real if int((tyres & real).sum()) >= LEAST_REAL else tyres
    others = ~tyres & real if int((~tyres & real).sum()) >= LEAST_NON_TYRES else ~tyres
    scores = seen.strangeness
    return linear_check(weights, bias, of_tyres=scores[chosen], of_others=scores[others], refused=refused)


def _kinds(held_out: Prepared, seen: Seen, real: np.ndarray) -> tuple[KindLine, ...]:
    lines = []
    named = [entry.kinds.split(";") if entry.kinds else [] for entry in held_out.entries]
    for number, kind in enumerate(KINDS):
        shows = np.array([kind in names for names in named])
        known = np.array([bool(names) for names in named]) | (held_out.labels == 0)
        judged = known & (held_out.labels < NOT_A_TYRE)
        where = real if (real & shows).sum() >= KIND_PHOTOS else np.ones_like(real)
        score = seen.kinds[:, number]
        above, found, of = kind_line(
            score, judged & where & shows, judged & where & ~shows, KIND_FALSE_ALARMS
        )
        carries = where is real and of > 0 and found / of >= KIND_FOUND
        slope, offset = fit_line(score[judged & where], shows[judged & where])
        lines.append(
            KindLine(
                name=kind,
                above=round(above, 4),
                slope=slope,
                offset=offset,
                speaks=carries,
                found=found,
                of=of,
            )
        )
    return tuple(lines)


def _map_scale(maps: np.ndarray, defective: np.ndarray) -> float:
    """Good photos stay quiet, and the hottest place of a bad one is not flattened."""
    peaks = maps.reshape(len(maps), -1).max(axis=1)
    quiet = float(np.quantile(peaks[~defective], 0.95)) / QUIET_BELOW
    return float(f"{max(0.5, quiet, float(peaks.max())):.4g}")


def _held_out_metrics(calibration: Calibration, score: np.ndarray, defective: np.ndarray) -> dict[str, Any]:
    said_defective = probability_of(score, calibration.temperature) > 0.5
    right = said_defective == defective
    missed = int((defective & ~said_defective).sum())
    return {
        "accuracy": share_with_interval(int(right.sum()), len(right)),
        "defective_missed": share_with_interval(missed, int(defective.sum())),
        "area_under_curve": area_under_curve(score, defective),
        **asdict(calibration),
        "held_out": len(right),
    }


def by_source(entries: Sequence[Entry], score: np.ndarray, labels: np.ndarray) -> dict[str, dict[str, Any]]:
    """The photos held out of each source: the share leaned to rightly, and the area where it has both."""
    rows = {}
    for source in sorted({entry.source for entry in entries}):
        own = np.array([entry.source == source for entry in entries]) & (labels < NOT_A_TYRE)
        if own.any():
            defective = labels[own] == DEFECTIVE
            right = (score[own] > 0) == defective
            rows[source or "photos"] = {
                "good": int((~defective).sum()),
                "defective": int(defective.sum()),
                "leaning_right": share_with_interval(int(right.sum()), len(right)),
                "area_under_curve": auc_interval(score[own], defective),
            }
    return rows


def dataset_of(books: Sequence[LessonBook]) -> dict[str, Any]:
    """What the model learned from: every source with its licence, its labels and its kinds."""
    entries = [entry for book in books for entry in book.entries]
    sources = []
    for source, licence in sorted({(entry.source, entry.licence) for entry in entries if entry.source}):
        own = [entry for entry in entries if (entry.source, entry.licence) == (source, licence)]
        kinds = Counter(kind for entry in own for kind in entry.kinds.split(";") if kind)
        labels = Counter(entry.label for entry in own)
        said = {"source": source, "licence": licence or "drawn by this project", "photos": len(own)}
        sources.append({**said, "labels": dict(sorted(labels.items())), "kinds": dict(sorted(kinds.items()))})
    counts: Counter[str] = Counter()
    for book in books:
        counts.update(book.count())
    hashes = [book.sha256 for book in books]
    return {
        "name": " and ".join(book.name for book in books),
        "sha256": hashes[0] if len(hashes) == 1 else sha256(" ".join(sorted(hashes)).encode()).hexdigest(),
        "drawn": all(book.drawn for book in books),
        "counts": dict(sorted(counts.items())),
        "sources": sources,
    }
