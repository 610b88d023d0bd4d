"""Every figure that a model is judged by, from its answers to labelled photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tyreloop.domain.photos import Answer
from tyreloop.learning.datasets.lesson_book import KINDS
from tyreloop.learning.judging.answers import Given
from tyreloop.learning.judging.calibration import share_with_interval
from tyreloop.learning.judging.scores import area_under_curve, auc_interval, calibration_error

SPOILED = ("unusable", "too_dark", "blurred", "too_small")

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
    unlabelled = [given for given in answers if given.photo.is_tyre and not given.photo.is_judgeable]
    if unlabelled and not tyres:
        figures["tyres_refused"] = _share([given.answer == Answer.UNUSABLE for given in unlabelled])
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
    return figures | _kinds(tyres)


def _kinds(tyres: Sequence[Given]) -> Figures:
    """How often each kind of damage was named where it is, and on good tyres."""
    figures: Figures = {}
    sound = [given for given in tyres if given.photo.kind == "good"]
    for kind in KINDS:
        shows = [given for given in tyres if kind in given.photo.damage.split(";")]
        if shows:
            figures[f"{kind}_named"] = _share([kind in given.damage for given in shows])
            if sound:
                figures[f"{kind}_named_wrongly"] = _share([kind in given.damage for given in sound])
    return figures


def reliability(answers: Sequence[Given]) -> list[dict[str, float]]:
    """How often it is right where it claims so much: one point for each ten points of what it claims."""
    tyres = [given for given in answers if given.photo.is_judgeable]
    claimed = np.array([max(given.defective, 1 - given.defective) for given in tyres])
    right = np.array([given.is_right for given in tyres], bool)
    place = np.clip((claimed * 10).astype(int), 5, 9)
    return [
        {"claimed": round(float(claimed[place == at].mean()), 4), **_share(right[place == at])}
        for at in range(5, 10)
        if (place == at).any()
    ]


def by_source(answers: Sequence[Given]) -> dict[str, Figures]:
    """The same for each source of photos, and for each view of those that say one: where it knows what."""
    groups: dict[str, list[Given]] = {}
    for given in answers:
        if given.photo.source:
            groups.setdefault(given.photo.source, []).append(given)
        if given.photo.view:
            groups.setdefault(f"view {given.photo.view}", []).append(given)
    return {name: {**evaluate(own), "area": _area(own)} for name, own in sorted(groups.items())}


def _area(answers: Sequence[Given]) -> dict[str, float] | None:
    tyres = [given for given in answers if given.photo.is_judgeable]
    score = np.array([given.defective for given in tyres])
    return auc_interval(score, np.array([given.photo.kind == "defective" for given in tyres], bool))


def as_source_table(figures: dict[str, Figures]) -> str:
    """A line for each source: photos, the area and the leaning, what was sure and wrong, what was refused."""
    head = f"{'source':<28} {'photos':>6} {'area':>21} {'right':>6} {'sure':>6} {'wrong':>6} {'refused':>8}"
    return "\n".join([head, *(_source_line(name, own) for name, own in figures.items())])


def _source_line(name: str, own: Figures) -> str:
    area, refused = own.get("area"), own.get("tyres_refused") or own.get("non_tyres_refused")
    cells = [f"{area['area']:.3f} [{area['low']:.3f}, {area['high']:.3f}]" if area else "-"]
    shares = [own.get(figure) for figure in ("accuracy", "coverage", "error_among_sure")]
    cells += [f"{share['share']:.3f}" if share and share["of"] else "-" for share in shares]
    cells.append(f"{refused['share']:.3f}" if refused else "-")
    return f"{name:<28} {own['photos']:>6} {cells[0]:>21} " + " ".join(
        f"{cell:>{width}}" for cell, width in zip(cells[1:], (6, 6, 6, 8), strict=True)
    )


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
