"""The photos whose answer a promotion would change, as the Release page hangs them on its wall.

A photo of a snapshot is named by its place there: whoever deletes it takes it off the wall too. Others, drawn
tyres above all, come as small pictures.
"""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

from PIL import Image

from tyreloop.domain.datasets import SNAPSHOT_FOLDER, hash_of_place
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import PhotoId
from tyreloop.learning.judging.answers import Given
from tyreloop.learning.judging.exam import Compared, ExamResult
from tyreloop.vision.decode import decode

MOST_OF_EACH = 24
SIDE, QUALITY = 120, 75  # some four kilobytes each


def wall_of(result: ExamResult) -> list[dict[str, str]]:
    """What broke, then what was fixed; a few of each."""
    return [
        _hung(question)
        for outcome in ("broke", "fixed")
        for question in [one for one in result.questions if one.outcome == outcome][:MOST_OF_EACH]
    ]


def _hung(question: Compared) -> dict[str, str]:
    photo = question.candidate.photo
    said = {
        "outcome": question.outcome,
        "kind": photo.kind,
        "before": _lean(question.production) if question.production else "",
        "now": _lean(question.candidate),
        "answer": question.candidate.answer,
    }
    if photo.path.parent.parent.name.startswith(SNAPSHOT_FOLDER):
        return {**said, "place": hash_of_place(PhotoId(photo.path.stem))}
    return {**said, "picture": _picture(photo.path)}


def _lean(given: Given) -> str:
    """What the exam compares: of a tyre the class that the model leans to, of anything else the answer."""
    return given.likeliest if given.photo.is_judgeable else given.answer


def _picture(path: Path) -> str:
    try:
        picture = Image.fromarray(decode(path.read_bytes(), at_least=SIDE))
    except (TyreloopError, OSError):
        return ""
    picture.thumbnail((SIDE, SIDE))
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=QUALITY)
    return base64.b64encode(kept.getvalue()).decode()
