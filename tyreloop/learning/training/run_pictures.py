"""What a training leaves to look at: curves, a confusion matrix, reliability, the worst mistakes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from tyreloop.learning.judging.calibration import probability_of
from tyreloop.learning.made_model import MadeModel
from tyreloop.learning.training.lessons import DEFECTIVE, NOT_A_TYRE

WORST = 24
TILE = 144


def run_pictures(made: MadeModel, *, with_photos: bool) -> dict[str, Image.Image]:
    """File names and pictures; those of visitors' photos would outlive them."""
    tyres = made.held_out.labels != NOT_A_TYRE
    defective = made.held_out.labels[tyres] == DEFECTIVE
    probability = probability_of(made.seen.score[tyres], made.card.temperature)
    pixels = made.held_out.pictures[tyres]
    mistakes = {"worst_mistakes.png": worst_mistakes(pixels, defective, probability)} if with_photos else {}
    return {
        "curves.png": _figure(lambda axes: _curves(axes, made.curves)),
        "confusion_matrix.png": _figure(lambda axes: _confusion(axes, defective, probability)),
        "precision_recall.png": _figure(lambda axes: _precision_recall(axes, defective, probability)),
        "reliability.png": _figure(lambda axes: _reliability(axes, defective, probability)),
        **mistakes,
    }


def _figure(draw: Any) -> Image.Image:
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, used once at the end of a training

    figure = Figure(figsize=(5, 4), dpi=110, layout="constrained")
    draw(figure.subplots())
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return Image.open(buffer)


def _curves(axes: Any, curves: list[dict[str, float]]) -> None:
    for name in ("loss", "held_out_accuracy", "held_out_auc"):
        axes.plot(range(1, len(curves) + 1), [row.get(name, np.nan) for row in curves], label=name)
    axes.set(xlabel="epoch", title="Training")
    axes.legend()


def _confusion(axes: Any, defective: np.ndarray, probability: np.ndarray) -> None:
    said = probability > 0.5
    table = [[int((~said & ~defective).sum()), int((said & ~defective).sum())]]
    table.append([int((~said & defective).sum()), int((said & defective).sum())])
    axes.imshow(table, cmap="Blues")
    for row in range(2):
        for column in range(2):
            axes.text(column, row, str(table[row][column]), ha="center", va="center")
    names = ["good", "defective"]
    axes.set_xticks([0, 1], names)
    axes.set_yticks([0, 1], names)
    axes.set(xlabel="answered", ylabel="true", title="Held-out lessons")


def _precision_recall(axes: Any, defective: np.ndarray, probability: np.ndarray) -> None:
    order = np.argsort(-probability)
    hits = np.cumsum(defective[order])
    axes.plot(hits / max(1, hits[-1]), hits / np.arange(1, len(hits) + 1))
    axes.set(xlabel="defective tyres found", ylabel="of those called defective, truly so", ylim=(0, 1.02))


def _reliability(axes: Any, defective: np.ndarray, probability: np.ndarray) -> None:
    places = np.clip((probability * 10).astype(int), 0, 9)
    used = [place for place in range(10) if (places == place).any()]
    claimed = [float(probability[places == place].mean()) for place in used]
    true = [float(defective[places == place].mean()) for place in used]
    axes.plot([0, 1], [0, 1], "--", color="grey")
    axes.plot(claimed, true, "o-")
    axes.set(xlabel="claimed probability of defective", ylabel="share truly defective", title="Reliability")


def worst_mistakes(pixels: np.ndarray, defective: np.ndarray, probability: np.ndarray) -> Image.Image:
    """The photos that the model was surest and wrong about, with what they are."""
    wrongness = np.where(defective, 1 - probability, probability)
    places = [int(place) for place in np.argsort(-wrongness)[:WORST] if wrongness[place] > 0.5]
    rows = max(1, -(-len(places) // 6))
    sheet = Image.new("RGB", (6 * TILE, rows * (TILE + 16)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, place in enumerate(places):
        left, top = number % 6 * TILE, number // 6 * (TILE + 16)
        sheet.paste(Image.fromarray(pixels[place]).resize((TILE, TILE)), (left, top))
        truth = "defective" if defective[place] else "good"
        pen.text((left + 2, top + TILE + 2), f"{truth}, p={probability[place]:.2f}", fill="black")
    return sheet
