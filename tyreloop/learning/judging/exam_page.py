"""An exam as a table for the terminal and as one HTML page with the pictures that changed."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from html import escape
from typing import Any

from PIL import Image

from tyreloop.domain.datasets import SNAPSHOT_FOLDER, hash_of_place
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import PhotoId
from tyreloop.learning.datasets.lesson_book import KINDS
from tyreloop.learning.judging.exam import Compared, ExamResult
from tyreloop.vision.decode import decode

ROWS = (
    ("defective tyres missed", "defective_missed"),
    ("false alarms", "false_alarms"),
    ("accuracy", "accuracy"),
    ("error among sure", "error_among_sure"),
    ("sure answers", "coverage"),
    ("tyres refused", "tyres_refused"),
    ("non-tyres refused", "non_tyres_refused"),
    *((f"{kind} named", f"{kind}_named") for kind in KINDS),
    *((f"{kind} named on good tyres", f"{kind}_named_wrongly") for kind in KINDS),
    ("calibration error", "calibration_error"),
    ("milliseconds", "milliseconds_median"),
)
MOST_PICTURES = 60
SIDE = 180
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
td, th { padding: .3rem .8rem; text-align: left; border-bottom: 1px solid #ccc; }
figure { display: inline-block; margin: .5rem; width: 180px; vertical-align: top; font-size: .8rem; }
.refused { color: #a00; } .undecided { color: #850; } .passed { color: #060; }
"""


def as_table(result: ExamResult) -> str:
    """For the terminal."""
    figures = result.figures
    if not figures:
        return _verdict(result)
    title = ("Production", f"version {result.production}") if result.production else ("Production", "none")
    lines = [f"{'':<24}{'candidate':>26}{title[0] + ' (' + title[1] + ')':>30}"]
    lines += [f"{name:<24}{mine:>26}{other:>30}" for name, mine, other in _rows(figures)]
    changes = f"fixed {figures['fixed']}, broke {figures['broke']}, same {figures['same']}"
    return "\n".join([*lines, f"{changes}; McNemar p = {figures['mcnemar_p']:.3g}", _verdict(result)])


def _verdict(result: ExamResult) -> str:
    return "\n".join(f"{result.decision.outcome.capitalize()}: {said}." for said in result.sentences)


def _rows(figures: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    mine, other = figures.get("candidate_figures", {}), figures.get("production_figures", {})
    for name, key in ROWS:
        if key in mine:
            yield name, _shown(mine[key]), _shown(other.get(key))


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dict):
        return f"{value['hits']} of {value['of']} [{value['low']:.2f}, {value['high']:.2f}]"
    return f"{value:.4g}"


def as_page(result: ExamResult) -> str:
    """One file that needs nothing else."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(mine)}</td><td>{escape(other)}</td></tr>"
        for name, mine, other in _rows(result.figures)
    )
    word = result.decision.outcome.value
    reasons = "".join(f"<li>{escape(said)}.</li>" for said in result.sentences)
    title = f"Exam of version {result.candidate}"
    parts = [
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{title}</title><style>{STYLE}</style>",
        f"<h1>{title}: <span class='{word}'>{word}</span></h1><ul>{reasons}</ul>",
        f"<table><tr><th></th><th>candidate</th><th>Production {result.production or ''}</th></tr>",
        f"{rows}</table>",
        *_galleries(result),
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _galleries(result: ExamResult) -> Iterator[str]:
    for outcome in ("broke", "fixed"):
        shown = [question for question in result.questions if question.outcome == outcome]
        yield f"<h2>{outcome.capitalize()} ({len(shown)})</h2>"
        yield from (_figure(question) for question in shown[:MOST_PICTURES])


def _figure(question: Compared) -> str:
    before = question.production.answer if question.production else "-"
    said = f"{question.candidate.photo.kind}: {before} before, {question.candidate.answer} now"
    return f"<figure>{_picture(question)}<figcaption>{escape(said)}</figcaption></figure>"


def _picture(question: Compared) -> str:
    """A photo of a snapshot stays where its visitor can delete it; here only its place is named."""
    path = question.candidate.photo.path
    if path.parent.parent.name.startswith(SNAPSHOT_FOLDER):
        return f"<p>{hash_of_place(PhotoId(path.stem))[:12]}</p>"
    try:
        picture = Image.fromarray(decode(path.read_bytes(), at_least=SIDE))
    except TyreloopError:
        return "<p>(cannot be opened)</p>"
    picture.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return f"<img alt='' src='data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}'>"
