"""Every figure that a model is judged by, from its answers to labelled photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tyreloop.domain.photos import Answer
from tyreloop.learning.judging.answers import Given
from tyreloop.learning.judging.calibration import share_with_interval
from tyreloop.learning.judging.scores import area_under_curve, calibration_error

SPOILED = ("too_dark", "blurred", "too_small")

Figures = dict[str, Any]


def evaluate(answers: Sequence[Given]) -> Figures:
    """The figures for which there are photos."""
    figures: Figures = {"photos": len(answers)}
    tyres = [given for given in answers if given.photo.is_judgeable]
    if tyres:
        figures |= _about_tyres(tyres)
    strangers = [given for given in answers if given.photo.kind == "not_a_tyre"]
    if strangers:
        figures["non_tyres_refused"] = _share([given.answer == Answer.UNUSABLE for given in strangers])
    for kind in SPOILED:
        spoiled = [given for given in answers if given.photo.kind == kind]
        if spoiled:
            figures[f"{kind}_refused"] = _share([given.answer == Answer.UNUSABLE for given in spoiled])
    figures["milliseconds_median"] = round(float(np.median([given.milliseconds for given in answers])), 2)
    return figures


def _about_tyres(tyres: Sequence[Given]) -> Figures:
    defective = np.array([given.photo.kind == "defective" for given in tyres])
    score = np.array([given.defective for given in tyres])
    right = np.array([given.is_right for given in tyres])
    sure = [given for given in tyres if given.is_sure]
    figures: Figures = {
        "accuracy": _share(right),
        "area_under_curve": area_under_curve(score, defective),
        "calibration_error": calibration_error(np.maximum(score, 1 - score), right),
        "defective_missed": _share(
            [not given.is_right for given in tyres if given.photo.kind == "defective"]
        ),
        "false_alarms": _share([not given.is_right for given in tyres if given.photo.kind == "good"]),
        "coverage": _share([given.is_sure for given in tyres]),
        "error_among_sure": _share([not given.is_right for given in sure]),
        "tyres_refused": _share([given.answer == Answer.UNUSABLE for given in tyres]),
    }
    found = [given for given in tyres if given.peak_on_defect is not None and given.likeliest == "defective"]
    if found:
        figures["peak_on_defect"] = _share([bool(given.peak_on_defect) for given in found])
    return figures


def _share(hits: Any) -> dict[str, float]:
    flags = [bool(hit) for hit in hits]
    return share_with_interval(sum(flags), len(flags))


def as_table(figures: Figures) -> str:
    """The figures for people, shares with their 95 % interval."""
    lines = []
    for name, value in figures.items():
        label = name.replace("_", " ")
        if isinstance(value, dict):
            interval = f"[{value['low']:.3f}, {value['high']:.3f}]"
            lines.append(f"{label:<22} {value['share']:>8.4f}  {interval}  {value['hits']} of {value['of']}")
        else:
            lines.append(f"{label:<22} {value:>8.4g}")
    return "\n".join(lines)
